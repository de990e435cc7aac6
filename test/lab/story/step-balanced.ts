import { setTimeout as pause } from 'node:timers/promises';
import { readyPods } from './applications.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { published } from './view.ts';
import { startWatch } from './watch.ts';

/** Every replica answers over the VIP. */
export const balanced: Step = {
  name: 'balanced',
  title: 'every replica of both Services gets its share',
  nodesMin: 1,
  play,
};

/** 100 connections a second a family: each of two replicas is bound to be chosen. */
const watchedMs = 1_000;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab } = scene;
  const services = await Promise.all(['web', 'api'].map((name) => published(lab, name)));
  const pods = (await Promise.all(['web', 'api'].map((app) => readyPods(lab, app)))).flat();
  await using watch = await startWatch(scene, services);
  await pause(watchedMs);
  const seen = await watch.stop();
  const answered = new Set(seen.flatMap((one) => Object.keys(one.perReplica)));
  const silent = pods.filter((pod) => !answered.has(pod.name)).map((pod) => pod.name);
  const requests = seen.reduce((sum, one) => sum + one.requests, 0);
  const fields = { replicas: answered.size, requests };
  return judged(fields, `${answered.size} replicas answered ${requests} requests`, {
    [`no answer from ${silent.join(', ')}`]: silent.length > 0,
  });
}
