import type { Address, Range } from './address.ts';
import { parseRange } from './parse-range.ts';
import { contains } from './range.ts';

/** Why an address can be neither a VIP nor an endpoint. */
export type SpecialUse = 'unspecified' | 'loopback' | 'link-local' | 'multicast' | 'reserved';

/**
 * What IANA's special-purpose registries (RFC 6890) say about an address, where it matters to us;
 * else `undefined`.
 */
export function specialUse(address: Address): SpecialUse | undefined {
  return specialRanges.find(({ range }) => contains(range, address))?.use;
}

const specialRanges = [
  special('unspecified', '0.0.0.0/8'),
  special('loopback', '127.0.0.0/8'),
  special('link-local', '169.254.0.0/16'),
  special('multicast', '224.0.0.0/4'),
  special('reserved', '240.0.0.0/4'),
  special('unspecified', '::'),
  special('loopback', '::1'),
  special('link-local', 'fe80::/10'),
  special('multicast', 'ff00::/8'),
];

function special(use: SpecialUse, text: string): { use: SpecialUse; range: Range } {
  const range = parseRange(text);
  if (!range.ok) throw new Error(`${text} ${range.problem}`);
  return { use, range: range.value };
}
