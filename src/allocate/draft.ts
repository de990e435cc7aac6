import { by, byEach, byNumber, byText } from '../lib/order.ts';
import type { ClusterSnapshot, Instance, Namespace, Pool, Service, Vip } from '../model/objects.ts';
import { servable } from '../model/servable.ts';
import type { Address, Family } from '../net/address.ts';
import { vipName } from '../net/format-address.ts';
import { vipFinalizer } from '../tables/names.ts';
import type { Reason } from '../tables/reasons.ts';
import type { Outcome } from './outcome.ts';
import { type Place, placesOf } from './placement.ts';
import { type PoolSpace, poolSpaces } from './pool-space.ts';

/** A Vip as it should be; the rest of the object is the API server's. */
export type VipPlan = Pick<
  Vip,
  'name' | 'address' | 'pool' | 'instance' | 'holder' | 'phase' | 'phaseSinceMs' | 'finalizers'
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
  readonly namespaces: ReadonlyMap<string, Namespace>;
  readonly places: ReadonlyMap<string, readonly Place[]>;
  readonly vips: Map<string, VipPlan>;
  readonly instances: Map<string, InstancePlan>;
  readonly outcomes: Map<string, Outcome>;
  /** Addresses with a Vip, or promised to a Service that is being prepared. */
  readonly taken: Readonly<Record<Family, Set<bigint>>>;
  /** Addresses that Services without a finalizer may adopt once they have it. */
  readonly promised: Map<string, string>;
  /** How far first fit has come in a pool and family: what lies before it is taken. */
  readonly cursors: Map<string, { range: number; next: bigint }>;
  /** How many VIPs each instance has to carry. */
  readonly loads: Map<string, number>;
  /** What held Services would like to have and cannot, by UID. */
  readonly notes: Map<string, Reason[]>;
  /** When something will have expired; the earliest is the run's wake. */
  readonly wakes: number[];
};

/** A draft that equals the snapshot. */
export function draftOf(snapshot: ClusterSnapshot): Draft {
  const vips = snapshot.vips.toSorted(by((vip) => vip.name));
  const values = (family: Family) =>
    new Set(vips.filter((v) => v.address.family === family).map((v) => v.address.value));
  return {
    snapshot,
    spaces: poolSpaces(snapshot.pools),
    namespaces: new Map(snapshot.namespaces.map((namespace) => [namespace.name, namespace])),
    places: new Map(snapshot.pools.map((pool) => [pool.name, placesOf(snapshot, pool)])),
    vips: new Map(vips.map((vip) => [vip.name, vip])),
    instances: new Map(
      snapshot.instances.toSorted(by((i) => i.name)).map((instance) => [instance.name, instance]),
    ),
    outcomes: new Map(),
    taken: { IPv4: values('IPv4'), IPv6: values('IPv6') },
    promised: new Map(),
    cursors: new Map(),
    loads: loadsOf(vips),
    notes: new Map(),
    wakes: [],
  };
}

/** A2: the older first, then namespace/name, then UID. */
export const byAgeThenKey = byEach<Service>(
  byNumber((service) => service.createdMs),
  (a, b) => byText(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`),
  (a, b) => byText(a.uid, b.uid),
);

/** Whether the Vip is on the nodes or on its way from them. */
export function isCarried(vip: Pick<Vip, 'phase'>): boolean {
  return vip.phase !== 'Cooling';
}

/** Whether somebody has the address now. */
export function isHeld(vip: Pick<Vip, 'phase'>): boolean {
  return vip.phase === 'Held' || vip.phase === 'Stranded';
}

/** How many VIPs every instance has to carry, those being withdrawn included. */
function loadsOf(vips: readonly VipPlan[]): Map<string, number> {
  const loads = new Map<string, number>();
  for (const { instance } of vips.filter(isCarried)) {
    loads.set(instance, (loads.get(instance) ?? 0) + 1);
  }
  return loads;
}

/** Where a Service's new address comes from. */
export type Taking = { readonly pool: Pool; readonly address: Address; readonly instance: string };

/** Gives the Service the address, taking over the Vip of one that cools down (A16). */
export function take(draft: Draft, service: Service, taking: Taking): VipPlan {
  const vip: VipPlan = {
    name: vipName(taking.address),
    address: taking.address,
    pool: taking.pool.name,
    instance: taking.instance,
    holder: holderOf(service),
    phase: 'Held',
    phaseSinceMs: draft.snapshot.nowMs,
    finalizers: [vipFinalizer],
  };
  draft.vips.set(vip.name, vip);
  draft.loads.set(vip.instance, (draft.loads.get(vip.instance) ?? 0) + 1);
  draft.taken[vip.address.family].add(vip.address.value);
  return vip;
}

/** What a Vip records of its holder (A5); ports that are refused are not granted. */
export function holderOf(service: Service): NonNullable<Vip['holder']> {
  const { namespace, name, uid } = service;
  const refusedPorts = new Set(servable(service).refusedPorts.map((refused) => refused.port));
  const ports = service.ports
    .filter((port) => !refusedPorts.has(port))
    .map(({ protocol, port }) => ({ protocol, port }))
    .toSorted(byNumber(({ port }) => port));
  return { namespace, name, uid, ports };
}

/** Begins the withdrawal of an address (A57). */
export function release(draft: Draft, vip: VipPlan): void {
  draft.vips.set(vip.name, { ...vip, phase: 'Releasing', phaseSinceMs: draft.snapshot.nowMs });
}
