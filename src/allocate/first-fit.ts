import { byEach, byNumber } from '../lib/order.ts';
import type { Pool } from '../model/objects.ts';
import type { Address, Family, Range } from '../net/address.ts';
import { contains } from '../net/range.ts';
import type { Draft, VipPlan } from './draft.ts';
import { hasExcludedEnd } from './pool-space.ts';

/** Some ranges of a pool; `key` tells them apart from all others of the run. */
export type Stretch = {
  readonly key: string;
  readonly pool: Pool;
  readonly ranges: readonly Range[];
};

/**
 * The next address that nobody has had lately: ranges in the order written, ascending (A15). Walks
 * on from where the last call stopped: addresses are only ever taken during a run, so each is
 * visited once. Takes nothing yet.
 */
export function neverUsed(draft: Draft, stretch: Stretch, family: Family): Address | undefined {
  const ranges = stretch.ranges.filter((range) => range.family === family);
  const key = `${stretch.key}/${family}`;
  const cursor = draft.cursors.get(key) ?? { range: 0, next: ranges[0]?.first ?? 0n };
  draft.cursors.set(key, cursor);
  for (let range = ranges[cursor.range]; range !== undefined; range = ranges[cursor.range]) {
    for (; cursor.next <= range.last; cursor.next += 1n) {
      const address = { family, value: cursor.next };
      const isTaken = draft.taken[family].has(address.value);
      if (!isTaken && !hasExcludedEnd(stretch.pool, address)) return address;
    }
    cursor.range += 1;
    cursor.next = ranges[cursor.range]?.first ?? 0n;
  }
  return undefined;
}

/** The address that has been cooling down the longest (A17): better than making anybody wait. */
export function cooledLongest(draft: Draft, stretch: Stretch, family: Family): Address | undefined {
  const cooling = [...draft.vips.values()].filter(
    ({ phase, address }) =>
      phase === 'Cooling' && address.family === family && isOn(stretch, address),
  );
  return cooling.toSorted(byRelease)[0]?.address;
}

function isOn({ ranges, pool }: Stretch, address: Address): boolean {
  return ranges.some((range) => contains(range, address)) && !hasExcludedEnd(pool, address);
}

const byRelease = byEach<VipPlan>(
  byNumber((vip) => vip.phaseSinceMs),
  (a, b) => (a.address.value < b.address.value ? -1 : Number(a.address.value > b.address.value)),
);
