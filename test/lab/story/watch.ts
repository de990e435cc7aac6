import { startLoad } from '../load.ts';
import type { LoadResult } from '../load-summary.ts';
import type { Scene } from './step.ts';
import type { Published } from './view.ts';

/** What clients saw of one address of a Service. */
export type Seen = LoadResult & { readonly service: string; readonly address: string };

/** Clients that use Services all the time: a new connection every 10 ms to each address. */
export type Watch = AsyncDisposable & {
  /** What is counted begins here. */
  mark(): void;
  /** What was seen since the mark, while the clients go on. */
  since(): Seen[];
  stop(): Promise<Seen[]>;
};

/**
 * Clients for the question whether a request failed at all: refused, reset, or without an answer
 * for ten seconds. A tenth of a second, by which stalls are measured, would make milliseconds
 * decide: that is how long two cores may keep anybody waiting while a node boots on them.
 */
export const patient = { timeoutMs: 10_000 } as const;

/** Starts a client for every address of these Services; `await using` ends them in any case. */
export async function startWatch(
  { client }: Pick<Scene, 'client'>,
  services: readonly Published[],
  clients: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<Watch> {
  const watched = services.flatMap(({ name, addresses, port }) =>
    addresses.map((address) => ({ service: name, address, port })),
  );
  const loads = await Promise.all(
    watched.map((target) => startLoad(client, { ...target, ...clients })),
  );
  const mark = (): void => {
    for (const load of loads) load.mark();
  };
  const named = (results: readonly LoadResult[]): Seen[] =>
    watched.flatMap(({ service, address }, index) => {
      const result = results[index];
      return result === undefined ? [] : [{ ...result, service, address }];
    });
  const stop = async (): Promise<Seen[]> =>
    named(await Promise.all(loads.map((load) => load.stop())));
  return {
    mark,
    stop,
    since: () => named(loads.map((load) => load.since())),
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

/** The longest time without an answer on any address of a Service, whole milliseconds. */
export function longestGapMs(seen: readonly Seen[], service: string): number {
  const gaps = seen.filter((one) => one.service === service).map((one) => one.longestGapMs);
  return Math.round(Math.max(0, ...gaps));
}

/** Requests that failed, on all addresses. */
export function failedRequests(seen: readonly Seen[]): number {
  return seen.reduce((sum, one) => sum + one.failed, 0);
}

/** What went wrong and how often, for a person: `10.99.0.100: 3 timeout`. */
export function failureList(seen: readonly Seen[]): string[] {
  return seen.flatMap((one) =>
    Object.entries(one.failures).map(([kind, count]) => `${one.address}: ${count} ${kind}`),
  );
}

/** When trouble ended, after the mark: the last failure, or the last answer of a dead replica. */
export function troubleEndMs(seen: readonly Seen[], deadReplica: string): number {
  const ends = seen.flatMap((one) => [one.lastFailureMs, one.lastSeen[deadReplica] ?? 0]);
  return Math.round(Math.max(0, ...ends));
}
