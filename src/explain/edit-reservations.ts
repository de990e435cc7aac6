import { ok, type Result, refused } from '../lib/result.ts';
import { fieldsOf, listOf, optionalTextOf, textsOf } from '../model/raw.ts';
import type { Range } from '../net/address.ts';
import { formatRange, parseRange } from '../net/parse-range.ts';
import { common, sharedPart, sizeOf } from '../net/range.ts';

/** One entry of `spec.reservations` as its author writes it. */
export type ReservationEntry = {
  readonly addresses: readonly string[];
  readonly namespace?: string;
  readonly serviceName?: string;
};

/** What a pool's text says that matters here; read from the object itself, not from the model. */
export type ReservationsBefore = {
  readonly pool: string;
  /** `spec.reservations`, as it came. */
  readonly raw: unknown;
  /** `spec.addresses`, parsed. */
  readonly ranges: readonly Range[];
};

/** `unchanged`: it stood there already. */
export type ReservationsAfter =
  | { readonly kind: 'changed'; readonly reservations: readonly unknown[] }
  | { readonly kind: 'unchanged' };

/** Adds a reservation (A60); the problem says which address stands in the way, and why. */
export function addReservation(
  before: ReservationsBefore,
  entry: ReservationEntry,
): Result<ReservationsAfter, string> {
  const wanted = parseAll(entry.addresses);
  if (!wanted.ok) return wanted;
  const outside = wanted.value.find((range) => !isInside(range, before.ranges));
  if (outside !== undefined) {
    const has = before.ranges.map(formatRange).join(', ') || 'nothing';
    return refused(`${formatRange(outside)} is not in VipPool ${before.pool}, which has ${has}`);
  }
  const entries = listOf(before.raw);
  const same = entries.some((raw) => isSame(raw, entry));
  if (same) return ok({ kind: 'unchanged' });
  const conflict = entries.flatMap((raw) => overlap(raw, wanted.value))[0];
  if (conflict !== undefined) return refused(conflict);
  return ok({ kind: 'changed', reservations: [...entries, entry] });
}

/** Takes addresses out of the reservations that list exactly them. */
export function removeReservation(
  before: Pick<ReservationsBefore, 'pool' | 'raw'>,
  addresses: readonly string[],
): Result<ReservationsAfter, string> {
  const unwanted = parseAll(addresses);
  if (!unwanted.ok) return unwanted;
  const entries = listOf(before.raw);
  const listed = entries.flatMap((raw) => addressesOf(raw));
  const missing = unwanted.value.find((range) => !listed.some((text) => isRange(text, range)));
  if (missing !== undefined) {
    const has = listed.join(', ') || 'nothing';
    const why = `VipPool ${before.pool} reserves ${has}; name one of these as it stands there`;
    return refused(`${formatRange(missing)} is not reserved: ${why}`);
  }
  const isKept = (text: string) => !unwanted.value.some((range) => isRange(text, range));
  const left = entries.flatMap((raw) => {
    const kept = addressesOf(raw).filter(isKept);
    return kept.length === 0 ? [] : [{ ...fieldsOf(raw), addresses: kept }];
  });
  return ok({ kind: 'changed', reservations: left });
}

function parseAll(texts: readonly string[]): Result<readonly Range[], string> {
  const ranges: Range[] = [];
  for (const text of texts) {
    const range = parseRange(text);
    if (!range.ok) return refused(`"${text}" ${range.problem}`);
    ranges.push(range.value);
  }
  return ok(ranges);
}

function isInside(range: Range, ranges: readonly Range[]): boolean {
  const shared = common([range], ranges);
  return shared.reduce((sum, part) => sum + sizeOf(part), 0n) === sizeOf(range);
}

function addressesOf(raw: unknown): readonly string[] {
  return textsOf(fieldsOf(raw)['addresses']);
}

function isRange(text: string, range: Range): boolean {
  const parsed = parseRange(text);
  return parsed.ok && formatRange(parsed.value) === formatRange(range);
}

function isSame(raw: unknown, entry: ReservationEntry): boolean {
  const fields = fieldsOf(raw);
  const owner = [optionalTextOf(fields['namespace']), optionalTextOf(fields['serviceName'])];
  const isOwner = owner[0] === entry.namespace && owner[1] === entry.serviceName;
  const listed = addressesOf(raw);
  const wanted = parseAll(entry.addresses);
  return (
    isOwner &&
    wanted.ok &&
    wanted.value.every((range) => listed.some((text) => isRange(text, range)))
  );
}

function overlap(raw: unknown, wanted: readonly Range[]): string[] {
  const { namespace, serviceName } = fieldsOf(raw);
  const owner = [namespace, serviceName].filter((part) => typeof part === 'string').join('/');
  return addressesOf(raw).flatMap((text) => {
    const range = parseRange(text);
    if (!range.ok) return [];
    return wanted.flatMap((each) => {
      const shared = sharedPart(each, range.value);
      if (shared === undefined) return [];
      return [`${formatRange(shared)} is reserved for ${owner || 'nobody'} already (${text})`];
    });
  });
}
