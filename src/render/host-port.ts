import type { Family } from '../net/address.ts';

/**
 * `address:port` as a bind or a server line takes it; IPv6 in brackets, or the port would be read
 * as a ninth group.
 */
export function hostPort(family: Family, address: string, port: number): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
