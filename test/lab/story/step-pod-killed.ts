import { setTimeout as pause } from 'node:timers/promises';
import { readyPods } from './applications.ts';
import { killReplica } from './breaking.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { type Published, published } from './view.ts';
import { whileNoVipMoves } from './vip-moves.ts';
import {
  failedRequests,
  failureList,
  patient,
  type Seen,
  startWatch,
  troubleEndMs,
} from './watch.ts';

/** A replica dies without a word; clients hardly notice. */
export const podKilled: Step = {
  name: 'pod-killed',
  title: 'kill one replica of web with SIGKILL, under load',
  nodesMin: 1,
  play,
};

/** After the replacement is ready nothing of the dead replica may be left; this long is looked. */
const aftermathMs = 2_000;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab, say } = scene;
  const web = await published(lab, 'web');
  const [victim] = await readyPods(lab, 'web');
  if (victim === undefined) throw new Error('web has no replica');
  await using watch = await startWatch(scene, [web]);
  say(`killing ${victim.name} on ${victim.node}`);
  watch.mark();
  await killReplica(lab, victim);
  const pods = await readyPods(lab, 'web');
  const seen = await watch.stop();
  const aftermath = await aftermathOf(scene, web);
  const fields = { failedRequests: failedRequests(seen), outMs: troubleEndMs(seen, victim.name) };
  const { failedRequests: failed, outMs } = fields;
  const told = `${failed} requests failed; the dead replica was out after ${outMs} ms`;
  const silent = pods.filter((pod) => !aftermath.some((one) => pod.name in one.perReplica));
  return judged(fields, told, {
    'the dead replica still got requests': aftermath.some((one) => victim.name in one.perReplica),
    [`requests failed when all was well again: ${failureList(aftermath).join(', ')}`]:
      failedRequests(aftermath) > 0,
    [`no answer from ${silent.map((pod) => pod.name).join(', ')}`]: silent.length > 0,
  });
}

/** What clients see when all is well again. */
async function aftermathOf(scene: Scene, web: Published): Promise<Seen[]> {
  return await whileNoVipMoves(scene, async () => {
    await using watch = await startWatch(scene, [web], patient);
    await pause(aftermathMs);
    return await watch.stop();
  });
}
