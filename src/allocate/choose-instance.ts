import { byEach, byNumber, byText } from '../lib/order.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Member, Pool } from '../model/objects.ts';
import type { Address } from '../net/address.ts';
import { formatAddress } from '../net/format-address.ts';
import { instancesPerPoolMax, membersPerInstanceMax } from '../tables/limits.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import type { Draft, InstancePlan } from './draft.ts';
import { type Place, segmentsFor } from './placement.ts';

/**
 * The VRRP instance that shall carry the addresses together: the one with the fewest VIPs, or a new
 * one while the pool has fewer than nodes and none is idle, so that all nodes carry traffic
 * (design.md section 2.8).
 */
export function chooseInstance(
  draft: Draft,
  pool: Pool,
  addresses: readonly Address[],
): Result<string, Reason> {
  const places = draft.places.get(pool.name) ?? [];
  const segment = segmentsFor(places, pool, addresses)[0];
  if (segment === undefined) return refused(noEligibleNode(places, addresses));
  const here = places.filter((place) => place.segment === segment);
  const ofPool = [...draft.instances.values()].filter((instance) => instance.pool === pool.name);
  const existing = ofPool.filter((instance) => instance.segment === segment);
  const best = existing.toSorted(byLoad(draft))[0];
  if (best !== undefined && vipsOn(draft, best.name) === 0) return ok(best.name);
  const hasRoom = existing.length < here.length && ofPool.length < instancesPerPoolMax;
  const created = hasRoom ? createInstance(draft, pool, here) : undefined;
  const chosen = created ?? best;
  return chosen === undefined ? refused(noVrid(pool, segment)) : ok(chosen.name);
}

/** Whether the addresses can be reached where the instance is. */
export function instanceCarries(
  draft: Draft,
  pool: Pool,
  on: { instance: string; addresses: readonly Address[] },
): boolean {
  const segments = segmentsFor(draft.places.get(pool.name) ?? [], pool, on.addresses);
  const instance = draft.instances.get(on.instance);
  return instance !== undefined && segments.includes(instance.segment);
}

/** Why no node can hold the addresses (R81). */
export function noEligibleNode(places: readonly Place[], addresses: readonly Address[]): Reason {
  const why =
    places.length === 0
      ? 'no node fits nodeSelector, tolerations and interfaces of the pool and reports an address'
      : 'no fitting node is on a network that contains it; a routed range needs spec.interfaces';
  return reason('NoEligibleNode', { address: addresses.map(formatAddress).join(', '), why });
}

function noVrid(pool: Pool, segment: string): Reason {
  const range = `${pool.vrrp.firstVrid}-${pool.vrrp.lastVrid}`;
  return reason('NoVridFree', { range, segment });
}

function byLoad(draft: Draft) {
  return byEach<InstancePlan>(
    byNumber((instance) => vipsOn(draft, instance.name)),
    (a, b) => byText(a.name, b.name),
  );
}

/** How many VIPs an instance has to carry, those being withdrawn included. */
export function vipsOn(draft: Draft, instance: string): number {
  return draft.loads.get(instance) ?? 0;
}

function createInstance(
  draft: Draft,
  pool: Pool,
  places: readonly Place[],
): InstancePlan | undefined {
  const segment = places[0]?.segment ?? '';
  const members = firstMembers(draft, pool, places);
  const vrid = freeVrid(draft, pool, { segment, members });
  if (vrid === undefined) return undefined;
  const instance = newInstance(pool, { segment, vrid, members });
  draft.instances.set(instance.name, instance);
  return instance;
}

/** An instance that nobody runs yet: all its members start together (contract with the agents). */
export function newInstance(
  pool: Pool,
  of: { segment: string; vrid: number; members: readonly Member[] },
): InstancePlan {
  return {
    name: `${of.segment}.${of.vrid}`,
    segment: of.segment,
    vrid: of.vrid,
    pool: pool.name,
    anchor: `169.254.77.${of.vrid}`,
    advertIntervalMs: pool.vrrp.advertIntervalMs,
    members: of.members,
    move: undefined,
  };
}

/**
 * The lowest VRID nobody uses on the segment nor on any of the members: every keepalived sees all
 * VRRP packets of its node, of other pools and segments as well (dataplane.md section 3, VRIDs).
 */
function freeVrid(
  draft: Draft,
  pool: Pool,
  at: { segment: string; members: readonly Member[] },
): number | undefined {
  const nodes = new Set(at.members.map((member) => member.node));
  const near = [...draft.instances.values()].filter(
    (other) => other.segment === at.segment || other.members.some((m) => nodes.has(m.node)),
  );
  const used = new Set([...near.map((other) => other.vrid), ...promisedVrids(draft, at.segment)]);
  for (let vrid = pool.vrrp.firstVrid; vrid <= pool.vrrp.lastVrid; vrid += 1) {
    if (!used.has(vrid)) return vrid;
  }
  return undefined;
}

/**
 * VRIDs of instances that VIPs ride on, also of one that somebody deleted and nobody can restore.
 */
function promisedVrids(draft: Draft, segment: string): readonly number[] {
  const names = [...draft.loads.keys()].filter((name) => name.startsWith(`${segment}.`));
  return names.map((name) => Number(name.slice(segment.length + 1)));
}

/** Up to maxMembers nodes, beginning with the one that is preferred least often so far. */
export function firstMembers(draft: Draft, pool: Pool, places: readonly Place[]): Member[] {
  const preferred = [...draft.instances.values()].map(
    (instance) => instance.members.find((member) => member.rank === 0)?.node,
  );
  const timesFirst = (node: string) => preferred.filter((name) => name === node).length;
  const start = places.toSorted(byNumber((place) => timesFirst(place.node)))[0];
  const index = start === undefined ? 0 : places.indexOf(start);
  const rotated = [...places.slice(index), ...places.slice(0, index)];
  const count = Math.min(pool.vrrp.maxMembers, membersPerInstanceMax);
  return rotated.slice(0, count).map((place, rank) => ({
    node: place.node,
    address: place.address,
    interface: place.interface,
    rank,
    state: 'Member',
    sinceGeneration: 1,
    sinceMs: draft.snapshot.nowMs,
  }));
}
