// What of a node's troubles its report has room for, and what a reader can tell from it.
//
// Taken in turns: of each namespace one row, then of each a second one, and so on; within a
// namespace one of each Service first. So a namespace with fewer rows than another misses none of
// its own, whoever has a thousand.

import { byNumber, grouped } from '../lib/order.ts';
import { exceptionsPerNodeMax } from '../tables/limits.ts';

/** A row about a Service, `namespace/name`; empty where it is about none. */
type Row = { readonly service: string };

/** The rows that a report has room for, in their order, and how many it leaves out. */
export function rowsInTurns<T extends Row>(
  rows: readonly T[],
  order: (a: T, b: T) => number,
): { readonly rows: readonly T[]; readonly omitted: number } {
  const sorted = rows.toSorted(order);
  const byService = inTurns(sorted, ({ service }) => service);
  const kept = inTurns(byService, namespaceOf).slice(0, exceptionsPerNodeMax);
  return { rows: kept.toSorted(order), omitted: rows.length - kept.length };
}

/**
 * Which Services may have rows that a report left out, told from those that it has. False for one
 * whose turn would have come before that of a row that is there.
 */
export function omissionsOf(rows: readonly Row[], omitted: number): (service: string) => boolean {
  if (omitted === 0) return () => false;
  const namespaces = grouped(rows, namespaceOf);
  const most = Math.max(...[...namespaces.values()].map(({ length }) => length));
  return (service) => {
    const own = namespaces.get(namespaceOf({ service })) ?? [];
    if (own.length < most - 1) return false;
    const services = [...grouped(own, (row) => row.service).values()];
    const mostOfOne = Math.max(0, ...services.map(({ length }) => length));
    return own.filter((row) => row.service === service).length >= mostOfOne - 1;
  };
}

function inTurns<T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  const taken = new Map<string, number>();
  const turns = values.map((value) => {
    const turn = taken.get(keyOf(value)) ?? 0;
    taken.set(keyOf(value), turn + 1);
    return { value, turn };
  });
  return turns.toSorted(byNumber(({ turn }) => turn)).map(({ value }) => value);
}

function namespaceOf({ service }: Row): string {
  return service.split('/')[0] ?? '';
}
