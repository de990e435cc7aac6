import type { Lab } from '../lab.ts';
import { waitFor } from '../wait-for.ts';
import { liveNodes, type Pod, podsOf } from './view.ts';

/** Both applications of `examples/` have two replicas. */
export const replicas = 2;

/** A pod is scheduled, started and ready well within this time, also on a busy machine. */
const podsReadySeconds = 60;

/** Waits until an application has its replicas, all ready; answers them. */
export async function readyPods(lab: Lab, app: string): Promise<Pod[]> {
  const what = `${replicas} ready replicas of ${app}`;
  let pods: Pod[] = [];
  await waitFor({ what, boundSeconds: podsReadySeconds, everyMs: 250 }, async () => {
    pods = await podsOf(lab, app);
    const ready = pods.filter((pod) => pod.isReady);
    if (pods.length === replicas && ready.length === replicas) return true;
    return pods.map((pod) => `${pod.name} on ${pod.node || '?'} ready=${pod.isReady}`).join(', ');
  });
  return pods;
}

/**
 * Moves an application's replicas off a node: nothing new is scheduled there, and what is there
 * goes.
 */
export async function moveOff(lab: Lab, app: string, node: string): Promise<void> {
  await closedTo(lab, [node], async () => {
    const there = (await readyPods(lab, app)).filter((pod) => pod.node === node);
    for (const pod of there) await replacePod(lab, app, pod);
  });
}

/** Makes sure that exactly one of an application's two replicas is on a node. */
export async function oneReplicaOn(lab: Lab, app: string, node: string): Promise<void> {
  const pods = await readyPods(lab, app);
  const there = pods.filter((pod) => pod.node === node);
  const [first] = pods;
  if (there.length === 1 || first === undefined) return;
  const others = (await liveNodes(lab)).map((one) => one.name).filter((name) => name !== node);
  await closedTo(lab, there.length === 0 ? others : [node], () => replacePod(lab, app, first));
}

/** Runs something while nodes take no new pods (`kubectl cordon`: no VIP minds that). */
async function closedTo(
  lab: Lab,
  nodes: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  await lab.kubectl(['cordon', ...nodes]);
  try {
    await work();
  } finally {
    await lab.kubectl(['uncordon', ...nodes]);
  }
}

async function replacePod(lab: Lab, app: string, pod: Pod): Promise<void> {
  await lab.kubectl(['delete', 'pod', pod.name, '--wait=true', '--timeout=60s']);
  await readyPods(lab, app);
}
