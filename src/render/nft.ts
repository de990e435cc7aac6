import type { DesiredInstance, DesiredPool, Peers } from '../desired/desired-node.ts';
import { flows } from './nft-flows.ts';
import { guard } from './nft-guard.ts';
import { baseChain, type Hook, tcpNumber } from './nft-words.ts';
import { ownPeer } from './own-peer.ts';
import { LineWriter } from './writer.ts';

/**
 * The table of a pool: nft names take no dashes. A DNS label has no underscore, so two pools never
 * meet.
 */
export function nftTable(pool: string): string {
  return `fairlead_${pool.replaceAll('-', '_')}`;
}

/** A chain that every table has, and rules in it: the guard's first. */
export const watchedChain = 'guard_prerouting';

/** VRRP (RFC 9568, 5.1.1.4). */
const vrrpNumber = 112;

/** What is for the node itself, before other rules of it. */
const arriving: Hook = { type: 'filter', hook: 'input', priority: ['filter', '-', '10'] };

/**
 * One transaction that replaces the pool's table: VRRP packets (IP protocol 112) with a VRID of
 * ours are taken from its members only, because VRRPv3 has no authentication. Other VRIDs are not
 * ours to judge. Then UDP and SCTP (nft-flows.ts) and the guard of its VIPs (nft-guard.ts).
 * Accepted by nft 1.1.3.
 */
export function renderNft(desired: DesiredPool): string {
  const { pool, haproxy, keepalived } = desired;
  const w = new LineWriter();
  const table = ['table', 'inet', nftTable(pool)];
  // Declared first, so that deleting it never fails: replaced in one step, without a moment in
  // which nothing is filtered.
  w.line(...table);
  w.line('delete', ...table);
  w.block(table, () => {
    const rules = (): void => {
      w.line('meta', 'l4proto', '!=', vrrpNumber, 'accept');
      for (const instance of keepalived.instances) strangersDropped(w, instance);
    };
    baseChain(w, 'vrrp', { ...arriving, rules });
    if (haproxy.peers !== undefined) peersOnly(w, haproxy.peers);
    flows(w, desired);
    guard(w, desired);
  });
  return w.text();
}

/** Removes the pool's table; no error when there is none. */
export function renderNftRemoval(pool: string): string {
  const table = `table inet ${nftTable(pool)}`;
  return `${table}\ndelete ${table}\n`;
}

// Whoever could write into the tables could send clients to servers of his choice.
function peersOnly(w: LineWriter, peers: Peers): void {
  const own = ownPeer(peers);
  if (own === undefined) return;
  const header = own.family === 'IPv6' ? 'ip6' : 'ip';
  const known = peers.members
    .filter(({ family }) => family === own.family)
    .map((peer) => peer.address);
  const where = [header, 'daddr', own.address, 'meta', 'l4proto', tcpNumber];
  const strangers = [header, 'saddr', '!=', '{', known.join(','), '}'];
  const rules = (): void =>
    w.line(...where, 'th', 'dport', own.port, ...strangers, 'counter', 'drop');
  baseChain(w, 'peers', { ...arriving, rules });
}

// The second byte of a VRRP header is the VRID (RFC 9568, 5.2).
function strangersDropped(w: LineWriter, { vrid, peers, sourceAddress }: DesiredInstance): void {
  const ours = ['meta', 'l4proto', vrrpNumber, '@th,8,8', vrid];
  const known = sourceAddress.includes(':') ? 'ip6' : 'ip';
  const other = known === 'ip' ? 'ip6' : 'ip';
  w.line(...ours, 'meta', 'nfproto', other === 'ip' ? 'ipv4' : 'ipv6', 'counter', 'drop');
  if (peers.length === 0) w.line(...ours, 'counter', 'drop');
  else w.line(...ours, known, 'saddr', '!=', '{', peers.join(','), '}', 'counter', 'drop');
}
