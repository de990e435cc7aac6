import { oldWorkerReloadsMax } from '../tables/limits.ts';
import type { OldWorker } from './old-workers.ts';

/** Reloads never come closer, in milliseconds: what came in between goes with the next. */
export const usualPause = 250;
/** From the thirteenth on each pause is twice as long as the one before. */
const survivedFreely = 12;

/**
 * How long after a reload the next one may come: longer and longer where an old worker would soon
 * be ended, so that connections on Services that nobody touches live for minutes however often
 * others change. Where no old worker is left nobody waits.
 */
export function reloadPause(oldWorkers: readonly Pick<OldWorker, 'reloads'>[]): number {
  const most = Math.max(0, ...oldWorkers.map(({ reloads }) => reloads));
  const survived = Math.min(most, oldWorkerReloadsMax);
  return usualPause * 2 ** Math.max(0, survived - survivedFreely);
}
