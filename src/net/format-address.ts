import type { Address } from './address.ts';

/** An address as people and the API read it: dotted quad, or RFC 5952 (R30). */
export function formatAddress(address: Address): string {
  return address.family === 'IPv4' ? dottedQuad(address.value) : shortened(groupsOf(address.value));
}

/**
 * The name of the Vip of an address (A4): IPv4 as it is, IPv6 as all eight groups joined by `-`. A
 * legal object name, one for each address, sorted the same everywhere.
 */
export function vipName(address: Address): string {
  return address.family === 'IPv4' ? formatAddress(address) : groupsOf(address.value).join('-');
}

function dottedQuad(value: bigint): string {
  const bits = Number(value);
  return `${bits >>> 24}.${(bits >>> 16) & 0xff}.${(bits >>> 8) & 0xff}.${bits & 0xff}`;
}

function groupsOf(value: bigint): string[] {
  return [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) =>
    ((value >> shift) & 0xffffn).toString(16),
  );
}

/** RFC 5952, 4.2: the first of the longest runs of two or more zero groups becomes `::`. */
function shortened(groups: readonly string[]): string {
  const run = longestZeroRun(groups);
  if (run.length < 2) return groups.join(':');
  const head = groups.slice(0, run.start).join(':');
  const tail = groups.slice(run.start + run.length).join(':');
  return `${head}::${tail}`;
}

function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === '0' ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
