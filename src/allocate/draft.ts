import { by, byEach, byNumber, byText, indexed } from '../lib/order.ts';
import type { ClusterSnapshot, Instance, Namespace, Service, Vip } from '../model/objects.ts';
import { instancesOf } from '../model/vips-digest.ts';
import type { Family } from '../net/address.ts';
import type { Reason } from '../tables/reasons.ts';
import type { Outcome } from './outcome.ts';
import { type Place, placesOf } from './placement.ts';
import { type PoolSpace, poolSpaces } from './pool-space.ts';

/** A Vip as it should be; the rest of the object is the API server's. */
export type VipPlan = Pick<
  Vip,
  | 'name'
  | 'address'
  | 'pool'
  | 'instance'
  | 'next'
  | 'previousInstance'
  | 'holders'
  | 'phase'
  | 'phaseSinceMs'
  | 'awaitedNodes'
  | 'finalizers'
>;

/** A VrrpInstance as it should be. */
export type InstancePlan = Pick<
  Instance,
  'name' | 'segment' | 'vrid' | 'pool' | 'anchor' | 'advertIntervalMs' | 'members' | 'move'
>;

/**
 * The work of one run: begins as what the snapshot has, is changed step by step in a fixed order,
 * and is compared with the snapshot at the end. Nothing of it outlives the run (style.md section
 * 3).
 */
export type Draft = {
  readonly snapshot: ClusterSnapshot;
  readonly spaces: readonly PoolSpace[];
  readonly spaceOf: ReadonlyMap<string, PoolSpace>;
  readonly namespaces: ReadonlyMap<string, Namespace>;
  /** All Services of the snapshot, ours or not, by UID. */
  readonly serviceOf: ReadonlyMap<string, Service>;
  readonly places: ReadonlyMap<string, readonly Place[]>;
  readonly vips: Map<string, VipPlan>;
  readonly instances: Map<string, InstancePlan>;
  readonly outcomes: Map<string, Outcome>;
  /** Addresses with a Vip, or promised to a Service that is being prepared. */
  readonly taken: Readonly<Record<Family, Set<bigint>>>;
  /** UIDs of the Services that are to adopt an address once they can, by its Vip's name (A59). */
  readonly promised: Map<string, string>;
  /** The same, by UID. */
  readonly promises: Map<string, readonly string[]>;
  /** How far first fit has come in some ranges: what lies before it is taken. */
  readonly cursors: Map<string, { range: number; next: bigint }>;
  /** How many VIPs each instance has to carry. */
  readonly loads: Map<string, number>;
  /** Names of the Vips that count for a namespace in a pool and family (A62); see `quota.ts`. */
  readonly namespaceUse: Map<string, Set<string>>;
  /** Names of the Vips that Services of one namespace and key hold (A32); see `sharing.ts`. */
  readonly shared: Map<string, Set<string>>;
  /** Names of the Vips kept for a deleted Service, by its namespace/name (A61). */
  readonly retained: Map<string, string[]>;
  /**
   * Addresses that Services, by UID, still have only until the ones that take their place are
   * published (A31, A48).
   */
  readonly moves: Map<string, VipPlan[]>;
  /** Names of the Vips that Services, by UID, have and are to keep. */
  readonly kept: Map<string, readonly string[]>;
  /** What held Services would like to have and cannot, by UID. */
  readonly notes: Map<string, Reason[]>;
  /** When something will have expired; the earliest is the run's wake. */
  readonly wakes: number[];
};

/** A draft that equals the snapshot. */
export function draftOf(snapshot: ClusterSnapshot): Draft {
  const vips = snapshot.vips.toSorted(by((vip) => vip.name));
  const spaces = poolSpaces(snapshot.pools);
  const taken = { IPv4: new Set<bigint>(), IPv6: new Set<bigint>() };
  for (const { address } of vips) taken[address.family].add(address.value);
  return {
    snapshot,
    spaces,
    spaceOf: indexed(spaces, ({ pool }) => pool.name),
    namespaces: indexed(snapshot.namespaces, ({ name }) => name),
    serviceOf: indexed(snapshot.services, ({ uid }) => uid),
    places: new Map(snapshot.pools.map((pool) => [pool.name, placesOf(snapshot, pool)])),
    vips: indexed(vips, ({ name }) => name),
    instances: indexed(snapshot.instances.toSorted(by((i) => i.name)), ({ name }) => name),
    outcomes: new Map(),
    taken,
    promised: new Map(),
    promises: new Map(),
    cursors: new Map(),
    loads: loadsOf(vips, snapshot.pools),
    namespaceUse: new Map(),
    shared: new Map(),
    retained: new Map(),
    moves: new Map(),
    kept: new Map(),
    notes: new Map(),
    wakes: [],
  };
}

/** A draft of its own, to try something in: what is done to it leaves the first one as it is. */
export function copyOfDraft(draft: Draft): Draft {
  const setsOf = (map: ReadonlyMap<string, Set<string>>) =>
    new Map([...map].map(([key, names]) => [key, new Set(names)]));
  return {
    ...draft,
    vips: new Map(draft.vips),
    instances: new Map(draft.instances),
    outcomes: new Map(draft.outcomes),
    taken: { IPv4: new Set(draft.taken.IPv4), IPv6: new Set(draft.taken.IPv6) },
    promised: new Map(draft.promised),
    promises: new Map(draft.promises),
    cursors: new Map([...draft.cursors].map(([key, cursor]) => [key, { ...cursor }])),
    loads: new Map(draft.loads),
    namespaceUse: setsOf(draft.namespaceUse),
    shared: setsOf(draft.shared),
    retained: new Map(draft.retained),
    moves: new Map(draft.moves),
    kept: new Map(draft.kept),
    notes: new Map(draft.notes),
    wakes: [...draft.wakes],
  };
}

/** A2: the older first, then namespace/name, then UID. */
export const byAgeThenKey = byEach<Service>(
  byNumber((service) => service.createdMs),
  // As the texts `namespace/name` would be: no namespace contains a slash.
  (a, b) => (a.namespace === b.namespace ? 0 : byText(`${a.namespace}/`, `${b.namespace}/`)),
  (a, b) => byText(a.name, b.name),
  (a, b) => byText(a.uid, b.uid),
);

/** Whether the Vip is on the nodes or on its way from them: its Service and pool wait for it. */
export function isCarried(vip: Pick<Vip, 'phase'>): boolean {
  return isHeld(vip) || vip.phase === 'Releasing';
}

/** Whether somebody has the address now. */
export function isHeld(vip: Pick<Vip, 'phase'>): boolean {
  return vip.phase === 'Held' || vip.phase === 'Stranded';
}

/**
 * Whether its instance must stay: a node that is cut off may still run it, so its VRID is nobody
 * else's (A64). Where the pool is gone, and its daemons with it, the nodes are to forget it.
 */
export function isStillServed(
  vip: Pick<Vip, 'phase' | 'pool'>,
  pools: readonly { readonly name: string }[],
): boolean {
  if (vip.phase !== 'Quarantined') return isCarried(vip);
  return pools.some(({ name }) => name === vip.pool);
}

/** Whether anybody may have the address, though it cools down. */
export function isFree(vip: Pick<Vip, 'phase'> | undefined): boolean {
  return vip === undefined || vip.phase === 'Cooling';
}

/** How many VIPs every instance has to carry, those being withdrawn included. */
function loadsOf(vips: readonly VipPlan[], pools: ClusterSnapshot['pools']): Map<string, number> {
  const loads = new Map<string, number>();
  for (const vip of vips) {
    if (!isStillServed(vip, pools)) continue;
    for (const name of instancesOf(vip)) loads.set(name, (loads.get(name) ?? 0) + 1);
  }
  return loads;
}

/** Remembers something to say about a Service that keeps what it holds. */
export function note(draft: Draft, service: Service, text: Reason): void {
  draft.notes.set(service.uid, [...(draft.notes.get(service.uid) ?? []), text]);
}
