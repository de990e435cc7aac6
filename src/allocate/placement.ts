import { by, byNumber, indexed } from '../lib/order.ts';
import type { ClusterSnapshot, Node, NodeInterface, Pool } from '../model/objects.ts';
import { tolerates } from '../model/tolerations.ts';
import type { Address, Prefix } from '../net/address.ts';
import { formatAddress } from '../net/format-address.ts';
import { bitsOf, isConnected, segmentName } from '../net/prefix.ts';
import { excludeNodeLabel } from '../tables/names.ts';

/**
 * Where a node can carry VIPs of a pool: one interface on one segment, and the address its VRRP
 * packets come from.
 */
export type Place = {
  readonly node: string;
  readonly segment: string;
  readonly interface: string;
  readonly address: string;
  /** All addresses of the interface that have a network, the first of them as well. */
  readonly addresses: readonly string[];
  readonly prefixes: readonly Prefix[];
};

/**
 * All places of a pool, sorted by node. Ready or not, cordoned or not, says nothing: VRRP decides
 * (R80).
 */
export function placesOf(snapshot: ClusterSnapshot, pool: Pool): readonly Place[] {
  const reports = indexed(snapshot.vipNodes, ({ name }) => name);
  return snapshot.nodes
    .filter((node) => mayCarry(node, pool))
    .toSorted(by((node) => node.name))
    .flatMap((node) => placesOn(node.name, reports.get(node.name)?.interfaces ?? [], pool));
}

/**
 * Whether a node may carry VIPs of the pool at all (R77, R79; the pool's pods must be able to run
 * there).
 */
export function mayCarry(node: Node, pool: Pool): boolean {
  const isSelected = Object.entries(pool.nodeSelector).every(([k, v]) => node.labels[k] === v);
  return isSelected && !isLeavingTheCluster(node) && !isExcludedNode(node) && tolerates(pool, node);
}

function isLeavingTheCluster(node: Node): boolean {
  return node.deleting || node.taints.some(({ key }) => key === 'ToBeDeletedByClusterAutoscaler');
}

/** R77: only "false" keeps a labelled node; anything else, also an empty text, excludes it. */
function isExcludedNode(node: Node): boolean {
  const label = node.labels[excludeNodeLabel];
  return label !== undefined && label.toLowerCase() !== 'false';
}

function placesOn(node: string, interfaces: readonly NodeInterface[], pool: Pool): Place[] {
  const places = interfaces
    .filter(({ name }) => pool.interfaces.length === 0 || pool.interfaces.includes(name))
    .flatMap((candidate) => placeOn(node, candidate));
  return places.filter(
    (place, index) => places.findIndex((first) => first.segment === place.segment) === index,
  );
}

function placeOn(node: string, { name, prefixes }: NodeInterface): Place[] {
  const segment = segmentName(prefixes);
  const addresses = ownAddresses(prefixes);
  const [address] = addresses;
  if (segment === undefined || address === undefined) return [];
  return [{ node, segment, interface: name, address, addresses, prefixes }];
}

/**
 * IPv4 first. A VIP that the interface holds just now has a host prefix: it is never a peer's
 * address.
 */
function ownAddresses(prefixes: readonly Prefix[]): string[] {
  const networks = prefixes.filter((prefix) => segmentName([prefix]) !== undefined);
  return networks
    .toSorted(by((prefix) => prefix.address.family))
    .map((prefix) => formatAddress(prefix.address));
}

/**
 * The segments that can carry all the addresses, the one with the most nodes first, then by name.
 */
export function segmentsFor(
  places: readonly Place[],
  pool: Pool,
  addresses: readonly Address[],
): readonly string[] {
  const fitting = places.filter((place) => canCarry(place, pool, addresses));
  const names = [...new Set(fitting.map((place) => place.segment))].sort();
  const nodesOn = (segment: string) => fitting.filter((place) => place.segment === segment).length;
  return names.toSorted(byNumber((segment) => -nodesOn(segment)));
}

/**
 * A named interface carries routed ranges as well; else its connected prefix must contain the VIP
 * (design.md section 2.8).
 */
function canCarry(place: Place, pool: Pool, addresses: readonly Address[]): boolean {
  if (pool.interfaces.length > 0) return true;
  return addresses.every((address) =>
    place.prefixes.some(
      (prefix) => prefix.length < bitsOf(prefix.address.family) && isConnected(prefix, address),
    ),
  );
}
