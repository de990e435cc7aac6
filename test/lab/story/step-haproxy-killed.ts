import { setTimeout as pause } from 'node:timers/promises';
import { killHaproxy } from './breaking.ts';
import { converged } from './converged.ts';
import { pool } from './fairlead.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { answers } from './step-programmed.ts';
import { takenOver } from './taken-over.ts';
import { holderOf, published } from './view.ts';
import { longestGapMs, startWatch } from './watch.ts';

/** The node lives, its HAProxy does not: the VIP moves all the same. */
export const haproxyKilled: Step = {
  name: 'haproxy-killed',
  title: "kill every HAProxy process on the node that holds web's VIP, under load",
  nodesMin: 2,
  play,
};

const aftermathMs = 2_000;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab, say } = scene;
  const web = await published(lab, 'web');
  const holder = await holderOf(lab, web.addresses[0] ?? '');
  await using watch = await startWatch(scene, [web]);
  say(`killing HAProxy on ${holder.name}`);
  watch.mark();
  await killHaproxy(holder, pool);
  const newHolders = await takenOver(lab, { service: web, from: holder.name });
  await pause(aftermathMs);
  const seen = await watch.stop();
  for (const address of web.addresses) await answers(scene, { address, port: web.port });
  await converged(lab);
  const vipStallMs = longestGapMs(seen, 'web');
  const told = `${newHolders.join(', ')} took over from ${holder.name} after ${vipStallMs} ms`;
  return judged({ vipStallMs }, told, {});
}
