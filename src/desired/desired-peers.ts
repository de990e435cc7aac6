import { by } from '../lib/order.ts';
import type { Instance } from '../model/objects.ts';
import { parseAddress } from '../net/parse-address.ts';
import { peersPortBase } from '../tables/limits.ts';
import type { Frontend, Peer, Peers } from './desired-node.ts';

/**
 * The HAProxies that keep clients on their servers together: those of all nodes that run an
 * instance of the pool, each on its address of the first such instance. The same on every node.
 * None where no frontend remembers clients, or this node is no member.
 */
export function desiredPeers(
  node: string,
  {
    instances,
    frontends,
  }: {
    readonly instances: readonly Instance[];
    readonly frontends: readonly Frontend[];
  },
): Peers | undefined {
  if (!frontends.some(({ affinitySeconds }) => affinitySeconds !== undefined)) return undefined;
  const found = new Map<string, Peer>();
  for (const { vrid, members } of instances.toSorted(by(({ name }) => name))) {
    for (const member of members) {
      const address = parseAddress(member.address);
      if (found.has(member.node) || !address.ok) continue;
      const { family } = address.value;
      const port = peersPortBase + vrid;
      found.set(member.node, { node: member.node, family, address: member.address, port });
    }
  }
  if (!found.has(node)) return undefined;
  return { local: node, members: [...found.values()].toSorted(by((peer) => peer.node)) };
}
