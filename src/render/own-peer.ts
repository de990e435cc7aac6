import type { Peer, Peers } from '../desired/desired-node.ts';

/** The member that is this node. */
export function ownPeer({ local, members }: Peers): Peer | undefined {
  return members.find(({ node }) => node === local);
}
