import { setTimeout as pause } from 'node:timers/promises';

/** The few figures of a controller's /metrics that the bench reads. */
export type Metrics = {
  /** Runs that have ended. */
  readonly reconciles: number;
  /** Requests to the API server without those for Leases, which go with time. */
  readonly requests: number;
  /** Those of them that write. */
  readonly writes: number;
  /** The longest since the metrics were read before. */
  readonly eventLoopDelayMs: number;
};

/** Reads Prometheus' text format; undefined while nobody answers. */
export async function readMetrics(url: string): Promise<Metrics | undefined> {
  const answer = await fetch(url).catch(() => undefined);
  return answer === undefined ? undefined : parseMetrics(await answer.text());
}

function parseMetrics(text: string): Metrics {
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  const requests = [...text.matchAll(requestLine)]
    .map(([, verb, resource, count]) => ({ verb, resource, count: Number(count) }))
    .filter(({ resource }) => resource !== 'leases');
  const sum = (of: typeof requests) => of.reduce((total, { count }) => total + count, 0);
  return {
    reconciles: figure('fairlead_reconcile_seconds_count') || 0,
    requests: sum(requests),
    writes: sum(requests.filter(({ verb }) => verb !== 'GET')),
    eventLoopDelayMs: figure('fairlead_event_loop_delay_seconds') * 1000,
  };
}

const requestLine =
  /^fairlead_api_requests_total\{verb="(\w+)",resource="([^"]*)",[^}]*\} (\d+)$/gm;

/** Whatever has metrics to read. */
type Source = { metrics(): Promise<Metrics | undefined> };

/** A source that wrote nothing for this long has said all there is to say. */
const quietMs = 2_000;
const quietWaitMsMax = 120_000;

/** Its metrics once it has stopped writing, with the longest delay since the last call. */
export async function metricsWhenQuiet(source: Source): Promise<Metrics> {
  const boundMs = performance.now() + quietWaitMsMax;
  let last = await source.metrics();
  let eventLoopDelayMs = last?.eventLoopDelayMs ?? 0;
  while (performance.now() < boundMs) {
    await pause(quietMs);
    const now = await source.metrics();
    eventLoopDelayMs = Math.max(eventLoopDelayMs, now?.eventLoopDelayMs ?? 0);
    if (now !== undefined && now.writes === last?.writes) return { ...now, eventLoopDelayMs };
    last = now;
  }
  throw new Error(`the controller still writes after ${quietWaitMsMax / 1000} s`);
}
