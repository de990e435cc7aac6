import type { Draft, VipPlan } from './draft.ts';

/**
 * Until when an address is kept for its deleted Service, ms (A61): as long as the longest of its
 * holders asks, at most as the pool allows today; a pool that is gone allows nothing.
 */
export function retainedUntilMs(
  draft: Pick<Draft, 'spaceOf'>,
  vip: Pick<VipPlan, 'pool' | 'holders' | 'phaseSinceMs'>,
): number {
  return vip.phaseSinceMs + retainSecondsOf(draft, vip) * 1000;
}

/** How long the pool lets the address be kept for those who had it, seconds. */
export function retainSecondsOf(
  draft: Pick<Draft, 'spaceOf'>,
  vip: Pick<VipPlan, 'pool' | 'holders'>,
): number {
  const asked = vip.holders.map(({ retainSeconds }) => retainSeconds);
  const limit = draft.spaceOf.get(vip.pool)?.pool.maxRetainSeconds ?? 0;
  return Math.min(Math.max(0, ...asked), limit);
}
