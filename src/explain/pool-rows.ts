import { by } from '../lib/order.ts';
import type { Pool } from '../model/objects.ts';
import { fieldsOf, listOf, numberOf, textOf } from '../model/raw.ts';
import { formatRange } from '../net/parse-range.ts';
import { isBad } from '../status/events.ts';
import { addressUses, type Usage } from '../status/pool-usage.ts';
import { type Told, tellCondition } from './finding.ts';
import type { Picture } from './picture.ts';

/** One VipPool in a report. */
export type PoolRow = {
  readonly pool: string;
  readonly ranges: readonly string[];
  /** Counts of each family, decimal texts as in the pool's status. */
  readonly addresses: readonly Usage[];
  readonly waitingServices: number;
  readonly vrids: { readonly used: number; readonly free: number };
  /** Nodes on which HAProxy answers and keepalived runs, of those that report the pool. */
  readonly readyNodes: number;
  readonly nodes: number;
  readonly bad: readonly (Told & { readonly type: string })[];
};

/** Every pool, by name. */
export function poolRows({ now, view }: Picture): readonly PoolRow[] {
  return now.pools.toSorted(by(({ name }) => name)).map((pool) => {
    const reports = [...view.reports.values()]
      .filter(({ name }) => view.fresh.has(name))
      .flatMap(({ pools }) => pools.filter(({ name }) => name === pool.name));
    return {
      pool: pool.name,
      ranges: pool.ranges.map(formatRange),
      ...numbersOf(pool),
      readyNodes: reports.filter(({ ready }) => ready).length,
      nodes: reports.length,
      bad: pool.conditions
        .filter(isBad)
        .map((condition) => ({ type: condition.type, ...tellCondition(condition) })),
    };
  });
}

/** What the pool's status counts. */
export function numbersOf({ statusText }: Pick<Pool, 'statusText'>) {
  const status = fieldsOf(statusText === '' ? {} : JSON.parse(statusText));
  const vrids = fieldsOf(status['vrids']);
  return {
    addresses: listOf(status['addresses']).map(usageOf),
    waitingServices: numberOf(status['waitingServices']),
    vrids: { used: numberOf(vrids['used']), free: numberOf(vrids['free']) },
  };
}

function usageOf(raw: unknown): Usage {
  const fields = fieldsOf(raw);
  const counts = addressUses.map((use) => [use, textOf(fields[use], '0')]);
  const family = fields['family'] === 'IPv6' ? 'IPv6' : 'IPv4';
  return { family, ...(Object.fromEntries(counts) as Omit<Usage, 'family'>) };
}
