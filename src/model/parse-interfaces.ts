import { by } from '../lib/order.ts';
import type { Prefix } from '../net/address.ts';
import { bitsOf, formatPrefix, parsePrefix } from '../net/prefix.ts';
import type { NodeInterface } from './objects.ts';

/** One element of `ip -j addr show`, as far as it is read. */
export type RawLink = {
  readonly ifname?: string;
  readonly link_type?: string;
  readonly address?: string;
  readonly addr_info?: readonly {
    readonly family?: string;
    readonly local?: string;
    readonly prefixlen?: number;
    readonly scope?: string;
    readonly protocol?: string;
  }[];
};

/**
 * A node has a handful of networks; a machine with more is cut off in order of names, not refused.
 */
const interfacesMax = 64;

/**
 * The interfaces a VIP could stand on: those with a connected network of global scope. Host
 * prefixes (/32, /128) and what keepalived put there are not the node's own.
 */
export function parseInterfaces(links: readonly RawLink[]): NodeInterface[] {
  return links
    .filter((link) => link.link_type !== 'loopback')
    .map((link) => ({
      name: link.ifname ?? '',
      mac: link.address ?? '',
      prefixes: (link.addr_info ?? []).flatMap(connectedPrefix).sort(by(formatPrefix)),
    }))
    .filter((link) => link.name !== '' && link.prefixes.length > 0)
    .sort(by((link) => link.name))
    .slice(0, interfacesMax);
}

function connectedPrefix(info: NonNullable<RawLink['addr_info']>[number]): Prefix[] {
  if (info.scope !== 'global' || info.protocol === 'keepalived') return [];
  const prefix = parsePrefix(`${info.local}/${info.prefixlen}`);
  if (!prefix.ok) return [];
  return prefix.value.length < bitsOf(prefix.value.address.family) ? [prefix.value] : [];
}
