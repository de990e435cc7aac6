import { oldWorkerReloadsMax } from '../tables/limits.ts';

/**
 * Reads `show proc` of the master (HAProxy management guide, 9.4.1): for each old worker that still
 * has connections how many reloads it has lived through.
 */
export function parseOldWorkers(text: string): number[] {
  const [, old = ''] = text.split('# old workers');
  return old
    .split('\n')
    .map((line) => /^\d+\s+worker\s+(\d+)\s/.exec(line)?.[1])
    .filter((count) => count !== undefined)
    .map(Number);
}

/** Reloads never come closer, in milliseconds: what came in between goes with the next. */
export const usualPause = 250;
/** From the thirteenth on each pause is twice as long as the one before. */
const survivedFreely = 12;

/**
 * How long after a reload the next one may come: longer and longer where an old worker would soon
 * be ended, so that connections on Services that nobody touches live for minutes however often
 * others change. Where no old worker is left nobody waits.
 */
export function reloadPause(oldWorkers: readonly number[]): number {
  const survived = Math.min(Math.max(0, ...oldWorkers), oldWorkerReloadsMax);
  return usualPause * 2 ** Math.max(0, survived - survivedFreely);
}
