// What of a node's troubles its report has room for, and what a reader can tell from it.
//
// Taken in turns: of each namespace one row, then of each a second one, and so on; within a
// namespace one of each Service first. So a namespace with fewer rows than another misses none of
// its own, whoever has a thousand.

import { namespaceOf } from '../lib/namespace-of.ts';
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
  const kept = inTurns(byService, ({ service }) => namespaceOf(service)).slice(
    0,
    exceptionsPerNodeMax,
  );
  return { rows: kept.toSorted(order), omitted: rows.length - kept.length };
}

/**
 * Which Services may have rows that a report left out, told from those that it has. False for one
 * whose turn would have come before that of a row that is there.
 */
export function omissionsOf(rows: readonly Row[], omitted: number): (service: string) => boolean {
  if (omitted === 0) return () => false;
  const counts = countsOf(rows, ({ service }) => service);
  const ofNamespaces = countsOf(rows, ({ service }) => namespaceOf(service));
  const most = Math.max(...ofNamespaces.values());
  const mostOfOne = new Map<string, number>();
  for (const [service, count] of counts) {
    const namespace = namespaceOf(service);
    mostOfOne.set(namespace, Math.max(count, mostOfOne.get(namespace) ?? 0));
  }
  return (service) => {
    const namespace = namespaceOf(service);
    if ((ofNamespaces.get(namespace) ?? 0) < most - 1) return false;
    return (counts.get(service) ?? 0) >= (mostOfOne.get(namespace) ?? 0) - 1;
  };
}

function countsOf(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, number> {
  const groups = [...grouped(rows, keyOf)];
  return new Map(groups.map(([key, own]) => [key, own.length]));
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
