import { formatRange } from '../net/parse-range.ts';
import { sharedPart } from '../net/range.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import type { Quota, Reservation } from './objects.ts';
import { parseAll } from './parse-pool-ranges.ts';
import { parseSelector } from './parse-selector.ts';
import { fieldsOf, listOf, numberOf, optionalTextOf, type Raw, textsOf } from './raw.ts';

/** Reads spec.quotas (A62). */
export function parseQuotas(raw: Raw): readonly Quota[] {
  return listOf(raw)
    .map(fieldsOf)
    .map((fields) => ({
      namespaceSelector: parseSelector(fields['namespaceSelector']),
      maxAddresses: numberOf(fields['maxAddresses']),
    }));
}

/**
 * Reads spec.reservations (A60). An unparsable range, and an address kept twice, make the pool
 * invalid: nobody could say whose it is.
 */
export function parseReservations(
  pool: string,
  raw: Raw,
): { readonly reservations: readonly Reservation[]; readonly problems: readonly Reason[] } {
  const parsed = listOf(raw).map((item, index) => parseOne(pool, item, index));
  const reservations = parsed.map(({ reservation }) => reservation);
  const problems = parsed.flatMap((one) => one.problems);
  return { reservations, problems: [...problems, ...overlaps(pool, reservations)] };
}

function parseOne(pool: string, raw: Raw, index: number) {
  const fields = fieldsOf(raw);
  const field = `spec.reservations[${index}].addresses`;
  const { ranges, problems } = parseAll(pool, field, textsOf(fields['addresses']));
  const reservation: Reservation = {
    ranges,
    namespace: optionalTextOf(fields['namespace']),
    serviceName: optionalTextOf(fields['serviceName']),
  };
  return { reservation, problems };
}

function overlaps(pool: string, reservations: readonly Reservation[]): Reason[] {
  const all = reservations.flatMap(({ ranges }, index) =>
    ranges.map((range) => ({ range, index })),
  );
  return all.flatMap(({ range, index }, position) =>
    all.slice(position + 1).flatMap((other) => {
      const shared = sharedPart(range, other.range);
      if (shared === undefined) return [];
      const both = `spec.reservations[${index}] and spec.reservations[${other.index}]`;
      const why = `${formatRange(shared)} stands in ${both}; write it once`;
      return [reason('PoolInvalid', { pool, why })];
    }),
  );
}
