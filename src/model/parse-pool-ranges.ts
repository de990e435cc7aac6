import type { Range } from '../net/address.ts';
import { formatRange, parseRange } from '../net/parse-range.ts';
import { sharedPart } from '../net/range.ts';
import { type Reason, reason } from '../tables/reasons.ts';

/** Ranges in the order written, and what is wrong with the rest. */
export type ParsedRanges = {
  readonly ranges: readonly Range[];
  readonly problems: readonly Reason[];
};

/** Exclusions: ranges, and IPv4 addresses by their last octet. */
export type ParsedExclusions = ParsedRanges & { readonly lastOctets: readonly number[] };

/**
 * Reads spec.addresses (A8): an unparsable, missing or doubly listed range makes the pool invalid
 * (A10, A11).
 */
export function parseRanges(pool: string, texts: readonly string[]): ParsedRanges {
  const parsed = parseAll(pool, 'spec.addresses', texts);
  if (texts.length === 0)
    return { ranges: [], problems: [invalid(pool, 'spec.addresses is empty')] };
  return { ...parsed, problems: [...parsed.problems, ...overlaps(pool, parsed.ranges)] };
}

/**
 * Reads spec.excludedAddresses (A14): single, range or CIDR; `*.0` and `*.255` stand for every IPv4
 * address that ends so.
 */
export function parseExcluded(pool: string, texts: readonly string[]): ParsedExclusions {
  const ends = texts.map(lastOctet).filter((end) => end !== undefined);
  const others = texts.filter((text) => lastOctet(text) === undefined);
  return { ...parseAll(pool, 'spec.excludedAddresses', others), lastOctets: ends };
}

function lastOctet(text: string): number | undefined {
  return { '*.0': 0, '*.255': 255 }[text.trim()];
}

/** Reads ranges of one field of a pool; `field` is how a person finds it. */
export function parseAll(pool: string, field: string, texts: readonly string[]): ParsedRanges {
  const parsed = texts.map((text, index) => ({ text, index, range: parseRange(text) }));
  return {
    ranges: parsed.flatMap(({ range }) => (range.ok ? [range.value] : [])),
    problems: parsed.flatMap(({ text, index, range }) =>
      range.ok ? [] : [invalid(pool, `${field}[${index}] "${text}" ${range.problem}; ${remedy}`)],
    ),
  };
}

const remedy = 'write a CIDR, a from-to range or one address, for example 192.0.2.10-192.0.2.40';

function overlaps(pool: string, ranges: readonly Range[]): Reason[] {
  return ranges.flatMap((range, index) =>
    ranges
      .slice(index + 1)
      .filter((other) => sharedPart(range, other) !== undefined)
      .map((other) =>
        invalid(pool, `${formatRange(range)} and ${formatRange(other)} of spec.addresses overlap`),
      ),
  );
}

function invalid(pool: string, why: string): Reason {
  return reason('PoolInvalid', { pool, why });
}
