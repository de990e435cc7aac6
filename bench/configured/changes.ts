import { setTimeout as pause } from 'node:timers/promises';
import type { ApiServer } from '../../test/api/server.ts';
import type { HaproxyView, Sight } from './haproxy-view.ts';
import { backendOf, changedServer, changeEndpoint, timedServices } from './population.ts';

/** Where changes are made and seen. */
export type Scene = {
  readonly api: ApiServer;
  readonly haproxy: HaproxyView;
  readonly services: number;
  readonly endpoints: number;
  /** Timed changes made so far: each change of a Service has to differ from the one before. */
  timedChanges: number;
};

/** Long enough that a change does not ride on the run of the one before. */
const betweenMs = 50;

/**
 * Milliseconds from an EndpointSlice change being sent to the API server until HAProxy has the new
 * server, or uses it; one change after the other, until there are enough or time is up.
 */
export async function timedChanges(
  scene: Scene,
  of: { readonly until: Sight; readonly countMax: number; readonly seconds: number },
): Promise<number[]> {
  const { api, haproxy, endpoints } = scene;
  const end = performance.now() + of.seconds * 1000;
  const samples: number[] = [];
  while (samples.length < of.countMax && performance.now() < end) {
    const index = scene.timedChanges % timedServices;
    const change = 1 + Math.floor(scene.timedChanges / timedServices);
    scene.timedChanges += 1;
    const sentMs = performance.now();
    await changeEndpoint(api, index, { endpoints, change });
    const server = changedServer(index, { endpoints, change });
    samples.push((await haproxy.sees(backendOf(index), server, of.until)) - sentMs);
    await pause(betweenMs);
  }
  return samples;
}

/** More than this under way: the API server is what holds the changes up. */
const underWayMax = 64;

/**
 * Changes an endpoint of one Service after another at a steady rate. Answers how many a second came
 * through.
 */
export async function steadyChanges(
  { api, services, endpoints }: Scene,
  of: { readonly perSecond: number; readonly seconds: number },
): Promise<number> {
  const startMs = performance.now();
  const total = of.perSecond * of.seconds;
  const others = services - timedServices;
  const underWay = new Set<Promise<unknown>>();
  for (let number = 0; number < total; number += 1) {
    const dueMs = startMs + (1000 * number) / of.perSecond;
    await pause(Math.max(0, dueMs - performance.now()));
    if (underWay.size >= underWayMax) await Promise.race(underWay);
    const index = timedServices + (number % others);
    const change = 1 + Math.floor(number / others);
    const sent: Promise<unknown> = changeEndpoint(api, index, { endpoints, change }).finally(() =>
      underWay.delete(sent),
    );
    underWay.add(sent);
  }
  await Promise.all(underWay);
  return total / ((performance.now() - startMs) / 1000);
}
