import type { ClusterSnapshot, Service, Vip } from '../../../src/model/objects.ts';
import { servable } from '../../../src/model/servable.ts';
import { formatAddress } from '../../../src/net/format-address.ts';
import type { DataPlane } from '../actors/data-plane.ts';
import { fields } from '../server/api-object.ts';
import type { World } from '../world/world.ts';
import { holdersOf, isServing, vipsOf } from './true-state.ts';

const excludingLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';
const hashAnnotation = 'fairlead.dev/data-plane-hash';
const poolLabel = 'fairlead.dev/pool';

/** Once everything works again: every held address answers, is published, and pods are current. */
export function unserved(
  world: World,
  dataPlane: DataPlane,
  snapshot: ClusterSnapshot,
): readonly string[] {
  return [
    ...snapshot.vips.filter(isServing).flatMap((vip) => vipProblems(dataPlane, snapshot, vip)),
    ...snapshot.services.flatMap((service) => unpublished(dataPlane, snapshot, service)),
    ...podProblems(world),
  ];
}

function vipProblems(dataPlane: DataPlane, snapshot: ClusterSnapshot, vip: Vip): string[] {
  const instance = snapshot.instances.find(({ name }) => name === vip.instance);
  // Where no node may carry it, it cannot be made anew.
  if (instance === undefined && snapshot.nodes.every(({ labels }) => excludingLabel in labels)) {
    return [];
  }
  if (instance === undefined) return [`Vip ${vip.name} rides on ${vip.instance}, which is gone`];
  if (instance.pool !== vip.pool) {
    return [`Vip ${vip.name} of ${vip.pool} rides on ${instance.name} of ${instance.pool}`];
  }
  const holder = dataPlane.holderOf(instance.name);
  if (holder === undefined) return [];
  const programmed = dataPlane.nodes.get(holder)?.programmed.get(instance.name)?.vips ?? [];
  const served = programmed.find(({ name }) => name === vip.name);
  const missing = holdersOf(vip).filter((uid) => !holdersOf(served).includes(uid));
  return missing.map(
    (uid) => `${holder} holds ${instance.name} and serves no ${vip.name} for ${uid}`,
  );
}

function unpublished(
  dataPlane: DataPlane,
  { vips }: ClusterSnapshot,
  service: Service,
): readonly string[] {
  if (service.deleting || servable(service).refusal !== undefined) return [];
  const published = service.ingress.map(({ ip }) => ip);
  const silent = vipsOf(vips, service.uid)
    .filter(({ instance }) => dataPlane.holderOf(instance) !== undefined)
    .map(({ address }) => formatAddress(address))
    .filter((ip) => !published.includes(ip));
  const key = `${service.namespace}/${service.name}`;
  return silent.map((ip) => `${key} has ${ip}, which a node serves, and does not publish it`);
}

/** One DaemonSet a pool, and every pod of its making. */
function podProblems(world: World): string[] {
  const sets = world.list('daemonsets');
  const hashes = new Map(
    sets.map(({ metadata }) => [
      metadata.labels?.[poolLabel],
      metadata.annotations?.[hashAnnotation],
    ]),
  );
  const pools = world.list('vippools').filter((pool) => !pool.metadata.deletionTimestamp);
  const bare = pools.filter(({ metadata }) => !hashes.has(metadata.name));
  const outdated = world.list('pods').filter(({ metadata, ...pod }) => {
    const wanted = hashes.get(metadata.labels?.[poolLabel]);
    const isScheduled = fields(pod['spec'])['nodeName'] !== undefined;
    return isScheduled && wanted !== undefined && metadata.annotations?.[hashAnnotation] !== wanted;
  });
  return [
    ...bare.map(({ metadata }) => `VipPool ${metadata.name} has no DaemonSet`),
    ...outdated.map(({ metadata }) => `pod ${metadata.name} is outdated`),
  ];
}
