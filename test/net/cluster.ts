/** The one lab that all network tests share, and what they do with it again and again. */
import assert from 'node:assert/strict';
import { after, type TestContext } from 'node:test';
import { outcomeOf } from '../lab/command.ts';
import { Lab } from '../lab/lab.ts';
import { sayOnStderr } from '../lab/say.ts';
import { programmed } from '../lab/story/step-programmed.ts';
import { bringUp } from '../lab/story/step-ready.ts';
import { kubeJson, type List, published } from '../lab/story/view.ts';
import { failureList, patient, startWatch } from '../lab/story/watch.ts';
import { waitFor } from '../lab/wait-for.ts';

let shared: Promise<Lab> | undefined;
let serving: Promise<Lab> | undefined;

/** A lab of your own (`npm run lab -- up --id ID`) spares the bringing up, and is left alone. */
const ownLab = process.env['FAIRLEAD_LAB_ID'];

/** The shared cluster with Fairlead in it, brought up by whoever asks first. */
export function sharedLab(): Promise<Lab> {
  shared ??= ownLab === undefined ? bringUp({ nodes: 3, say: sayOnStderr }) : Lab.attach(ownLab);
  return shared;
}

/** The shared cluster with the story's pool and Services, whether the story was played or not. */
export function servingLab(): Promise<Lab> {
  serving ??= sharedLab().then(async (lab) => {
    const { status } = await outcomeOf(lab.kubectlCommand(['get', 'service', 'web', 'api']));
    const scene = { lab, client: await lab.client('others'), say: sayOnStderr };
    if (status !== 0) await programmed.play(scene);
    return lab;
  });
  return serving;
}

after(async () => {
  const lab = await shared?.catch(() => undefined);
  if (ownLab === undefined) await lab?.down();
});

/** A condition as the tests look at it. */
export type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
};

/** An object of the API by which kubectl finds it. */
export type Reference = {
  readonly resource: string;
  readonly name: string;
  readonly namespace?: string;
};

/** What a controller should say within this time; a busy machine included. */
const saidSeconds = 45;

/** Waits until an object's condition says what it should; answers it. */
export async function untilCondition(
  lab: Lab,
  of: Reference,
  wanted: {
    readonly type: string;
    readonly status: string;
    readonly message: RegExp;
    readonly boundSeconds?: number;
  },
): Promise<Condition> {
  let found: Condition | undefined;
  const what = `${of.resource}/${of.name}: ${wanted.type}=${wanted.status} ${wanted.message}`;
  const { boundSeconds = saidSeconds } = wanted;
  await waitFor({ what, boundSeconds, everyMs: 250 }, async () => {
    const object = await kubeJson<Conditioned>(lab, ['get', ...argumentsOf(of)]);
    const conditions = object.status?.conditions ?? [];
    found = conditions.find((one) => one.type === wanted.type);
    if (found?.status === wanted.status && wanted.message.test(found.message)) return true;
    return JSON.stringify(conditions);
  });
  assert.ok(found);
  return found;
}

type Conditioned = { readonly status?: { readonly conditions?: readonly Condition[] } };

function argumentsOf(of: Reference): string[] {
  const namespace = of.namespace === undefined ? [] : ['--namespace', of.namespace];
  return [of.resource, of.name, ...namespace];
}

type RawEvent = {
  readonly reason: string;
  readonly message?: string;
  readonly note?: string;
  readonly involvedObject: { readonly name: string };
};

/** Waits until an event about an object has been recorded. */
export async function untilEvent(
  lab: Lab,
  of: Reference,
  wanted: { readonly reason: string },
): Promise<void> {
  const what = `an event ${wanted.reason} about ${of.name}`;
  const args = ['get', 'events', '--namespace', of.namespace ?? 'default'];
  await waitFor({ what, boundSeconds: saidSeconds, everyMs: 500 }, async () => {
    const events = (await kubeJson<List<RawEvent>>(lab, args)).items;
    const about = events.filter((event) => event.involvedObject.name === of.name);
    if (about.some((event) => event.reason === wanted.reason)) return true;
    return about.map((event) => `${event.reason}: ${event.message}`).join('; ');
  });
}

/** Creates or changes objects as a user would. */
export async function apply(lab: Lab, ...objects: readonly object[]): Promise<void> {
  const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await lab.kubectl(['apply', '-f', '-'], { stdin });
}

/** What the API server answers to an object it must refuse. */
export async function refusal(lab: Lab, object: object): Promise<string> {
  const stdin = JSON.stringify(object);
  try {
    await lab.kubectl(['apply', '-f', '-'], { stdin });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  assert.fail('it was accepted');
}

/** A namespace for one test, removed with everything in it when the test ends. */
export async function ownNamespace(t: TestContext, lab: Lab, name: string): Promise<string> {
  await apply(lab, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  t.after(async () => {
    await lab.kubectl(['delete', 'namespace', name, '--timeout=90s'], { timeoutSeconds: 100 });
  });
  return name;
}

/** A VipPool for one test, removed when the test ends; its Services must be gone by then. */
export async function ownPool(
  t: TestContext,
  lab: Lab,
  pool: { readonly name: string; readonly spec: object },
): Promise<void> {
  await apply(lab, {
    apiVersion: 'fairlead.dev/v1alpha1',
    kind: 'VipPool',
    metadata: { name: pool.name },
    spec: pool.spec,
  });
  t.after(async () => {
    const args = ['delete', 'vippool', pool.name, '--timeout=90s'];
    await lab.kubectl(args, { timeoutSeconds: 100 });
  });
}

/**
 * Two cores that start whole nodes may silence a holder until its VIP moves by itself; the few
 * requests that are under way then are lost. More than that is harm done by what the test does.
 */
const failedShareMax = 0.02;

/**
 * Does something while clients use the story's Services: whatever it is, it must cost them no
 * more than that share of their requests.
 */
export async function whileOthersAreServed<T>(lab: Lab, work: () => Promise<T>): Promise<T> {
  const services = await Promise.all(['web', 'api'].map((name) => published(lab, name)));
  const client = await lab.client('others');
  await using watch = await startWatch({ client }, services, { ...patient, everyMs: 50 });
  const result = await work();
  const seen = await watch.stop();
  const failures = failureList(seen);
  const failed = seen.reduce((sum, one) => sum + one.failed, 0);
  const requests = seen.reduce((sum, one) => sum + one.requests, 0);
  if (failed > 0)
    process.stderr.write(`others: ${failed} of ${requests}: ${failures.join(', ')}\n`);
  assert.ok(failed <= requests * failedShareMax, `others failed: ${failures.join(', ')}`);
  return result;
}
