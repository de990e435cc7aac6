import { byEach, byNumber } from '../lib/order.ts';
import type { Address, Family } from '../net/address.ts';
import type { Draft, VipPlan } from './draft.ts';
import { hasAddress, hasExcludedEnd, type PoolSpace } from './pool-space.ts';

/**
 * The address first fit gives next (A15): ranges in the order written, ascending; while none is
 * free the one that has been cooling down the longest (A17). Takes nothing yet.
 */
export function freeAddress(draft: Draft, space: PoolSpace, family: Family): Address | undefined {
  return neverUsed(draft, space, family) ?? cooledLongest(draft, space, family);
}

/**
 * Walks on from where the last call stopped: addresses are only ever taken during a run, so each is
 * visited once.
 */
function neverUsed(draft: Draft, space: PoolSpace, family: Family): Address | undefined {
  const ranges = space.usable.filter((range) => range.family === family);
  const key = `${space.pool.name}/${family}`;
  const cursor = draft.cursors.get(key) ?? { range: 0, next: ranges[0]?.first ?? 0n };
  draft.cursors.set(key, cursor);
  for (let range = ranges[cursor.range]; range !== undefined; range = ranges[cursor.range]) {
    for (; cursor.next <= range.last; cursor.next += 1n) {
      const address = { family, value: cursor.next };
      const isTaken = draft.taken[family].has(address.value);
      if (!isTaken && !hasExcludedEnd(space.pool, address)) return address;
    }
    cursor.range += 1;
    cursor.next = ranges[cursor.range]?.first ?? 0n;
  }
  return undefined;
}

function cooledLongest(draft: Draft, space: PoolSpace, family: Family): Address | undefined {
  const cooling = [...draft.vips.values()].filter(
    (vip) =>
      vip.phase === 'Cooling' && vip.address.family === family && hasAddress(space, vip.address),
  );
  return cooling.toSorted(byRelease)[0]?.address;
}

const byRelease = byEach<VipPlan>(
  byNumber((vip) => vip.phaseSinceMs),
  (a, b) => (a.address.value < b.address.value ? -1 : Number(a.address.value > b.address.value)),
);
