import { ok, type Result, refused } from '../lib/result.ts';
import type { Range } from './address.ts';
import { formatAddress } from './format-address.ts';
import { parseAddress } from './parse-address.ts';
import { bitsOf, networkOf, parsePrefix } from './prefix.ts';

/**
 * Reads a range of a VipPool (A8): a CIDR (host bits masked off), `start-end` with both ends, or
 * one address. Blanks around the whole and around `-` are trimmed. The problem is the end of a
 * sentence that begins with the text.
 */
export function parseRange(text: string): Result<Range, string> {
  const trimmed = text.trim();
  if (trimmed.includes('/')) {
    const prefix = parsePrefix(trimmed);
    return prefix.ok ? ok(networkOf(prefix.value)) : prefix;
  }
  const [start = '', end = start, ...rest] = trimmed.split('-').map((part) => part.trim());
  return rest.length > 0 ? refused('has more than one "-"') : fromTo(start, end);
}

function fromTo(start: string, end: string): Result<Range, string> {
  const first = parseAddress(start);
  if (!first.ok) return first;
  const last = parseAddress(end);
  if (!last.ok) return last;
  if (first.value.family !== last.value.family) return refused('mixes IPv4 and IPv6');
  if (first.value.value > last.value.value) return refused('starts after its end');
  return ok({ family: first.value.family, first: first.value.value, last: last.value.value });
}

/** A range as people write it: one address, a CIDR where it is one, else `start-end`. */
export function formatRange(range: Range): string {
  const first = formatAddress({ family: range.family, value: range.first });
  if (range.first === range.last) return first;
  const length = prefixLength(range);
  if (length !== undefined) return `${first}/${length}`;
  return `${first}-${formatAddress({ family: range.family, value: range.last })}`;
}

/** The length of the prefix that is exactly this range. */
function prefixLength(range: Range): number | undefined {
  const size = range.last - range.first + 1n;
  const hostBits = size.toString(2).length - 1;
  const isAligned = 1n << BigInt(hostBits) === size && range.first % size === 0n;
  return isAligned ? bitsOf(range.family) - hostBits : undefined;
}
