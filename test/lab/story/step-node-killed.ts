import { setTimeout as pause } from 'node:timers/promises';
import { moveOff, oneReplicaOn } from './applications.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { answers } from './step-programmed.ts';
import { takenOver } from './taken-over.ts';
import { holderOf, published } from './view.ts';
import { failedRequests, longestGapMs, startWatch } from './watch.ts';

/** The node that holds web's VIP loses power. */
export const nodeKilled: Step = {
  name: 'node-killed',
  title: "cut the power of the node that holds web's VIP, under load",
  nodesMin: 2,
  play,
};

/** Until the dead node's replica has left the EndpointSlices: 4 s of grace and half a second. */
const aftermathMs = 6_000;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab, say } = scene;
  const [web, api] = await Promise.all([published(lab, 'web'), published(lab, 'api')]);
  const holder = await holderOf(lab, web.addresses[0] ?? '');
  say(`${holder.name} holds web's VIP: moving web's replicas elsewhere, one of api's onto it`);
  await moveOff(lab, 'web', holder.name);
  await oneReplicaOn(lab, 'api', holder.name);
  await using watch = await startWatch(scene, [web, api]);
  say(`cutting the power of ${holder.name}`);
  watch.mark();
  await holder.kill();
  const newHolders = await takenOver(lab, { service: web, from: holder.name });
  await pause(aftermathMs);
  const seen = await watch.stop();
  for (const address of web.addresses) await answers(scene, { address, port: web.port });
  const after = await published(lab, 'web');
  const fields = {
    vipStallMs: longestGapMs(seen, 'web'),
    serviceStallMs: longestGapMs(seen, 'api'),
    failedRequests: failedRequests(seen),
  };
  const told = `${newHolders.join(', ')} took over from ${holder.name} after ${fields.vipStallMs} ms`;
  return judged(fields, told, {
    [`web is now published on ${after.addresses.join(', ')}`]:
      after.addresses.join() !== web.addresses.join(),
  });
}
