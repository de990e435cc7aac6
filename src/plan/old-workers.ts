import { oldWorkerReloadsMax, oldWorkerSecondsMax } from '../tables/limits.ts';

/** A worker of HAProxy that was replaced by a reload and ends with its last connection. */
export type OldWorker = {
  readonly pid: number;
  /** Reloads since it was started. */
  readonly reloads: number;
};

/** What the master says of its workers. */
export type Workers = {
  /** Reloads since the master was started: another master counts from nothing. */
  readonly reloads: number;
  readonly master: number;
  readonly old: readonly OldWorker[];
};

/** Reads `show proc` of the master's CLI (management guide 9.4.1). */
export function parseWorkers(text: string): Workers {
  let isOld = false;
  let master: OldWorker = { pid: 0, reloads: 0 };
  const old: OldWorker[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) isOld = line.startsWith('# old workers');
    const [, pid, type, reloads] = /^(\d+)\s+(\w+)\s+(\d+)/.exec(line) ?? [];
    const found = { pid: Number(pid), reloads: Number(reloads) };
    if (type === 'master') master = found;
    if (type === 'worker' && isOld) old.push(found);
  }
  return { reloads: master.reloads, master: master.pid, old };
}

/** An old worker as it was last looked at. */
export type SeenWorker = OldWorker & {
  /** Clients' connections that it carried. */
  readonly connections: number;
  /** When it was first seen to be old, ms. */
  readonly sinceMs: number;
};

/** What was seen at one look. */
export type WorkersSeen = Omit<Workers, 'old'> & { readonly old: readonly SeenWorker[] };

/** Connections that were cut because of a bound, and the bound. */
export type Cut = { readonly why: 'reloads' | 'time'; readonly connections: number };

/**
 * What was cut between two looks: workers that are gone with connections, and that had come to a
 * bound. A look every few seconds says how many within what a few seconds change.
 */
export function cutBetween(
  before: WorkersSeen,
  now: WorkersSeen,
  { nowMs, everyMs }: { readonly nowMs: number; readonly everyMs: number },
): Cut[] {
  // With the master all went at once: that is a restart, and said elsewhere.
  if (before.master !== now.master) return [];
  const left = new Set(now.old.map(({ pid }) => pid));
  return before.old.flatMap(({ pid, reloads, connections, sinceMs }): Cut[] => {
    if (left.has(pid) || connections === 0) return [];
    const reloadsNow = reloads + now.reloads - before.reloads;
    if (reloadsNow > oldWorkerReloadsMax) return [{ why: 'reloads', connections }];
    const isOver = nowMs + everyMs - sinceMs >= oldWorkerSecondsMax * 1_000;
    return isOver ? [{ why: 'time', connections }] : [];
  });
}
