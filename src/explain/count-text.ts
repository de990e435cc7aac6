/** Counts beyond this are told as a power of two: nobody reads twenty digits. */
const digitsMax = 7;

/** A count of addresses as a table shows it: `17`, `2^64`, `≈2^64`. */
export function countText(decimal: string): string {
  if (!/^\d+$/.test(decimal) || decimal.length <= digitsMax) return decimal;
  const value = BigInt(decimal);
  const bits = value.toString(2);
  const isPower = /^10*$/.test(bits);
  if (isPower) return `2^${bits.length - 1}`;
  // The nearest power: 2^64 minus a handful of used ones is still about 2^64.
  return `≈2^${bits.startsWith('11') ? bits.length : bits.length - 1}`;
}
