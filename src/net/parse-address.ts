import { IPv4, IPv6 } from 'ip-num';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Address } from './address.ts';

/**
 * Reads one address strictly (allocation.md A8): no zone, no leading zeros, no short forms, no
 * v4-mapped IPv6, no blanks. The problem is the end of a sentence that begins with the text. The
 * only file that knows ip-num (ecosystem.md section 8).
 */
export function parseAddress(text: string): Result<Address, string> {
  if (text.length > addressTextMax) return refused('is too long for an address');
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

/**
 * `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255` is the longest text of an address (RFC 4291,
 * 2.2).
 */
const addressTextMax = 45;

function parseIPv4(text: string): Result<Address, string> {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return refused('is not an address');
  if (/(^|\.)0\d/.test(text)) return refused('has a leading zero');
  const value = numberOf(() => new IPv4(text));
  return value === undefined ? refused('is not an address') : ok({ family: 'IPv4', value });
}

function parseIPv6(text: string): Result<Address, string> {
  // ip-num accepts a zone and keeps it out of the value: two texts would be one address.
  if (text.includes('%')) return refused('has a zone');
  if (!/^[0-9a-fA-F:.]+$/.test(text)) return refused('is not an address');
  const value = numberOf(() => new IPv6(text));
  if (value === undefined) return refused('is not an address');
  if (value >> 32n === 0xffffn) return refused('is an IPv4 address written as IPv6');
  return ok({ family: 'IPv6', value });
}

/** ip-num throws for what it refuses. */
function numberOf(parse: () => IPv4 | IPv6): bigint | undefined {
  try {
    return parse().getValue();
  } catch {
    return undefined;
  }
}
