import { ok, type Result, refused } from '../lib/result.ts';
import { type Address, type Family, type Prefix, type Range, sameAddress } from './address.ts';
import { formatAddress, vipName } from './format-address.ts';
import { parseAddress } from './parse-address.ts';
import { contains } from './range.ts';

/**
 * Reads `10.99.0.11/24`: the address of an interface with the length of its network. Host bits are
 * kept.
 */
export function parsePrefix(text: string): Result<Prefix, string> {
  const [addressText = '', lengthText, ...rest] = text.split('/');
  if (lengthText === undefined || rest.length > 0)
    return refused('is not an address with a length');
  const address = parseAddress(addressText);
  if (!address.ok) return address;
  const length = parseLength(lengthText, bitsOf(address.value.family));
  return length.ok ? ok({ address: address.value, length: length.value }) : length;
}

/** How many bits an address of the family has. */
export function bitsOf(family: Family): number {
  return family === 'IPv4' ? 32 : 128;
}

/**
 * All addresses of the prefix's network, first and last included (A9); host bits are masked off
 * (A8).
 */
export function networkOf(prefix: Prefix): Range {
  const { family, value } = prefix.address;
  const hostBits = BigInt(bitsOf(family) - prefix.length);
  const first = (value >> hostBits) << hostBits;
  return { family, first, last: first + (1n << hostBits) - 1n };
}

/**
 * Whether the address is inside the network of an interface: it can be reached there without a
 * router.
 */
export function isConnected(prefix: Prefix, address: Address): boolean {
  return contains(networkOf(prefix), address);
}

/** `10.99.0.11/24`. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.length}`;
}

/**
 * The L2 segment an interface with these prefixes is on, as the front half of a VrrpInstance's
 * name: `10.99.0.0-24`, or the eight groups and the length when it has IPv6 alone. `undefined` when
 * no prefix says (link-local and host prefixes do not).
 */
export function segmentName(prefixes: readonly Prefix[]): string | undefined {
  const usable = prefixes.filter((prefix) => prefix.length < bitsOf(prefix.address.family));
  const prefix =
    usable.find((candidate) => candidate.address.family === 'IPv4') ?? usable.find(isRoutable);
  if (prefix === undefined) return undefined;
  const { family, first } = networkOf(prefix);
  return `${vipName({ family, value: first })}-${prefix.length}`;
}

/** Whether two prefixes are written the same. */
export function samePrefix(a: Prefix, b: Prefix): boolean {
  return a.length === b.length && sameAddress(a.address, b.address);
}

/** fe80::/10 is on every interface and tells no segment apart. */
function isRoutable(prefix: Prefix): boolean {
  return prefix.address.family === 'IPv6' && prefix.address.value >> 118n !== 0x3fan;
}

/** A prefix length in decimal, without leading zeros: ip-num takes `/08`. */
export function parseLength(text: string, max: number): Result<number, string> {
  const length = /^(0|[1-9]\d{0,2})$/.test(text) ? Number(text) : Number.NaN;
  return length <= max ? ok(length) : refused(`has a prefix length that is not 0 to ${max}`);
}
