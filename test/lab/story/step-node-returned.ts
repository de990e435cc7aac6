import { setTimeout as pause } from 'node:timers/promises';
import { converged } from './converged.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { holdersOfAll, liveNodes, published } from './view.ts';
import { failedRequests, failureList, longestGapMs, patient, startWatch } from './watch.ts';

/** The dead node comes back and disturbs nobody. */
export const nodeReturned: Step = {
  name: 'node-returned',
  title: 'switch the node on again, under load',
  nodesMin: 2,
  play,
};

/** A takeover that should not happen would happen within this time after all is ready. */
const aftermathMs = 2_000;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab, say } = scene;
  const services = await Promise.all(['web', 'api'].map((name) => published(lab, name)));
  const addresses = services.flatMap((service) => service.addresses);
  const live = new Set((await liveNodes(lab)).map((node) => node.name));
  const dead = lab.nodes.filter((node) => !live.has(node.name));
  const before = await holders(scene, addresses);
  await using watch = await startWatch(scene, services, patient);
  say(`switching ${dead.map((node) => node.name).join(', ')} on`);
  watch.mark();
  for (const node of dead) await node.return();
  await converged(lab);
  await pause(aftermathMs);
  const seen = await watch.stop();
  const after = await holders(scene, addresses);
  const failed = failedRequests(seen);
  const gapMs = Math.max(longestGapMs(seen, 'web'), longestGapMs(seen, 'api'));
  return judged({ longestGapMs: gapMs }, `no VIP moved, longest gap ${gapMs} ms`, {
    'no node was off': dead.length === 0,
    [`VIPs moved: ${before} became ${after}`]: before !== after,
    [`${failed} requests failed (${failureList(seen).join(', ')})`]: failed > 0,
  });
}

async function holders({ lab }: Scene, addresses: readonly string[]): Promise<string> {
  const found = await holdersOfAll(lab, addresses);
  return addresses.map((address, index) => `${address} on ${found[index]?.join('+')}`).join(', ');
}
