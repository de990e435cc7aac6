/**
 * The story that `npm start` tells and the first network test plays: from a VipPool to a VIP that
 * outlives its node. It is the same code in both places, so what a visitor sees is what is tested.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '../lab.ts';
import { messageOf } from '../lab-error.ts';
import type { Say } from '../say.ts';
import type { Scene, Step, StepOutcome, StepResult } from './step.ts';
import { affinitySurvives } from './step-affinity-survives.ts';
import { balanced } from './step-balanced.ts';
import { certificateRotated } from './step-certificate-rotated.ts';
import { churn } from './step-churn.ts';
import { clientDenied } from './step-client-denied.ts';
import { controlPlaneDown } from './step-control-plane-down.ts';
import { cookieSurvives } from './step-cookie-survives.ts';
import { haproxyKilled } from './step-haproxy-killed.ts';
import { nodeKilled } from './step-node-killed.ts';
import { nodeReturned } from './step-node-returned.ts';
import { podKilled } from './step-pod-killed.ts';
import { programmed } from './step-programmed.ts';
import { ready } from './step-ready.ts';
import { tlsSni } from './step-tls-sni.ts';
import { udpDns } from './step-udp-dns.ts';

/** The steps after `ready`, in their order. */
export const steps: readonly Step[] = [
  programmed,
  balanced,
  podKilled,
  churn,
  tlsSni,
  certificateRotated,
  nodeKilled,
  nodeReturned,
  haproxyKilled,
  affinitySurvives,
  cookieSurvives,
  clientDenied,
  udpDns,
  controlPlaneDown,
];

/** Where the story gets its cluster, and who hears of it. */
export type StoryOptions = {
  /** Answers a cluster with Fairlead in it; called once, at the start. */
  readonly bringUp: () => Promise<Lab>;
  readonly say: Say;
  /** Told before a step begins. */
  readonly onBegin?: (title: string) => void;
  /** Told after each step, in order. */
  readonly onResult: (result: StepResult) => void;
};

/**
 * Plays every step; the cluster stays up. Answers whether all were ok. A failed step ends the
 * story.
 */
export async function playStory(options: StoryOptions): Promise<boolean> {
  const scene = await begin(options);
  let isOk = scene !== undefined;
  let reached = isOk;
  for (const step of steps) {
    const result = reached ? await playOne(step, scene, options) : notReached;
    options.onResult({ ...result, step: step.name, title: step.title });
    if (reached && !result.ok) await collected(scene, options.say);
    isOk &&= result.ok;
    reached &&= result.isBroken !== true;
  }
  return isOk;
}

async function begin(options: StoryOptions): Promise<Scene | undefined> {
  const title = 'bring up a cluster and install Fairlead';
  options.onBegin?.(title);
  const startMs = performance.now();
  try {
    const lab = await options.bringUp();
    const result = await ready(lab, startMs);
    options.onResult({ ...result, step: 'ready', title });
    return { lab, client: await lab.client('story'), say: options.say };
  } catch (error) {
    options.onResult({ ...failed(error), step: 'ready', title });
    return undefined;
  }
}

async function playOne(
  step: Step,
  scene: Scene | undefined,
  options: StoryOptions,
): Promise<StepOutcome> {
  options.onBegin?.(step.title);
  if (scene === undefined) return notReached;
  if (scene.lab.nodes.length < step.nodesMin) {
    const skipped = `it needs ${step.nodesMin} nodes`;
    return { ok: true, fields: {}, told: `left out: ${skipped}`, skipped };
  }
  try {
    return await step.play(scene);
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): StepOutcome {
  return { ok: false, fields: {}, told: 'it did not work', why: messageOf(error), isBroken: true };
}

const notReached: StepOutcome = {
  ok: false,
  fields: {},
  told: 'not reached',
  why: 'a step before it could not be played to its end',
};

/** Keeps what helps to understand a failure before anything is removed. */
async function collected(scene: Scene | undefined, say: Say): Promise<void> {
  if (scene === undefined) return;
  const folder = join(tmpdir(), `fairlead-story-${scene.lab.id}`);
  await scene.lab.collect(folder);
  say(`logs, rulesets, addresses and objects are in ${folder}`);
}
