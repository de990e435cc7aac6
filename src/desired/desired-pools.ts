import { by, grouped, indexed } from '../lib/order.ts';
import type { Instance, Vip } from '../model/objects.ts';
import type { DroppedEndpoint } from '../model/select-endpoints.ts';
import { instancesOf } from '../model/vips-digest.ts';
import { desiredFrontends, type FrontendSources } from './desired-frontends.ts';
import { desiredInstances, isServed } from './desired-instances.ts';
import type { DesiredNode, DesiredPool } from './desired-node.ts';
import { desiredPeers } from './desired-peers.ts';
import type { NodeSnapshot } from './node-snapshot.ts';

/**
 * Connections one pool's HAProxy takes at most on a node; it costs two file descriptors each, and a
 * container's limit is usually 2^20 (dataplane.md section 6: a too low limit is fatal at start).
 */
const maxConnections = 8_000;

/** What this node should serve, and what the agent has to say about it. */
export type Desired = {
  readonly node: DesiredNode;
  readonly notes: readonly DroppedEndpoint[];
  /** Names of all Vips, for the next time. */
  readonly vipNames: ReadonlySet<string>;
};

/**
 * Derives everything one node should serve, pool by pool, in a fixed order. What it answers depends
 * on the snapshot alone; with the names of the time before, frontends of which nothing has changed
 * are not made again.
 */
export function desiredNode(
  snapshot: NodeSnapshot,
  namesBefore: ReadonlySet<string> = new Set(),
): Desired {
  const sources = gather(snapshot, namesBefore);
  const parts = [...poolsHere(snapshot)].sort().map((pool) => desiredPool(pool, sources));
  return {
    node: { node: snapshot.node, pools: parts.map((part) => part.pool) },
    notes: parts.flatMap((part) => part.notes),
    vipNames: sources.vipNames,
  };
}

type Sources = FrontendSources & {
  readonly snapshot: NodeSnapshot;
  readonly vipsOfPool: ReadonlyMap<string, Vip[]>;
  readonly vipsOfInstance: ReadonlyMap<string, Vip[]>;
};

/** Indexes the snapshot once: 5,000 Services must not cost 5,000 scans. */
function gather(snapshot: NodeSnapshot, namesBefore: ReadonlySet<string>): Sources {
  const vips = snapshot.vips.toSorted(by((vip) => vip.name));
  return {
    snapshot,
    place: { node: snapshot.node, zone: snapshot.zone },
    pools: indexed(snapshot.pools, ({ name }) => name),
    services: indexed(snapshot.services, (s) => `${s.namespace}/${s.name}`),
    slicesOf: grouped(snapshot.slices, (slice) => `${slice.namespace}/${slice.service}`),
    vipsOfPool: byPool(vips),
    vipsOfInstance: grouped(vips, (vip) => vip.instance),
    vipNames: namesOf(vips, namesBefore),
  };
}

/** The set of before, as long as the names are the same: what was made with it stays true. */
function namesOf(vips: readonly Vip[], before: ReadonlySet<string>): ReadonlySet<string> {
  const isSame = vips.length === before.size && vips.every(({ name }) => before.has(name));
  return isSame ? before : new Set(vips.map(({ name }) => name));
}

/** A Vip that is to pass to another pool is of both (A47). */
function byPool(vips: readonly Vip[]): Map<string, Vip[]> {
  const pairs = vips.flatMap((vip) =>
    (vip.next === undefined ? [vip.pool] : [vip.pool, vip.next.pool]).map((pool) => ({
      pool,
      vip,
    })),
  );
  const groups = [...grouped(pairs, ({ pool }) => pool)];
  return new Map(groups.map(([name, own]) => [name, own.map(({ vip }) => vip)]));
}

/**
 * Pools with an instance that names this node, and those that were here before: they must be
 * emptied.
 */
function poolsHere({ node, instances, knownPools }: NodeSnapshot): Set<string> {
  const named = instances.filter((instance) => instance.members.some((m) => m.node === node));
  return new Set([...knownPools, ...named.map((instance) => instance.pool)]);
}

function desiredPool(
  pool: string,
  sources: Sources,
): { pool: DesiredPool; notes: readonly DroppedEndpoint[] } {
  const { node, instances } = sources.snapshot;
  const own = instances.filter((instance) => instance.pool === pool);
  const served = new Set(own.filter((i) => staysOn(node, i)).map((i) => i.name));
  const vips = (sources.vipsOfPool.get(pool) ?? []).filter(
    (vip) => isServed(vip) && instancesOf(vip).some((name) => served.has(name)),
  );
  const { frontends, flows, notes } = desiredFrontends(vips, sources);
  const peers = desiredPeers(node, { instances: own, frontends });
  const vipsOf = (name: string) => sources.vipsOfInstance.get(name) ?? [];
  return {
    pool: {
      pool,
      haproxy: { maxConnections, ...(peers && { peers }), frontends },
      flows,
      ...(sources.pools.get(pool)?.icmpEcho === 'Denied' && { isPingDenied: true }),
      keepalived: { routerId: node, instances: desiredInstances(node, own, vipsOf) },
    },
    notes,
  };
}

/**
 * HAProxy binds in advance on every member, also on one that may not start its instance yet
 * (design.md section 2.5).
 */
function staysOn(node: string, instance: Instance): boolean {
  return instance.members.some((member) => member.node === node && member.state !== 'Leaving');
}
