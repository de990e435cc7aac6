/** The two families a Service can have; the words of the Kubernetes API. */
export type Family = 'IPv4' | 'IPv6';

/** An address as an integer with its family: 0 … 2^32-1 or 0 … 2^128-1. */
export type Address = { readonly family: Family; readonly value: bigint };

/** All addresses from `first` to `last`, both included; never of two families. */
export type Range = { readonly family: Family; readonly first: bigint; readonly last: bigint };

/**
 * A connected prefix of an interface: the interface's own address and how many leading bits its
 * network has.
 */
export type Prefix = { readonly address: Address; readonly length: number };

/** Whether two addresses are the same one. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value;
}
