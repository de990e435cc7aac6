import type { ClusterSnapshot, Vip } from '../../../src/model/objects.ts';
import { poolFinalizer, serviceFinalizers, vipFinalizer } from '../../../src/tables/names.ts';
import type { World } from '../world/world.ts';
import { holdersOf, isServing, vipsOf } from './true-state.ts';

/** Objects and finalizers that nobody needs and nobody will take away. */
export function leftovers(world: World, snapshot: ClusterSnapshot): readonly string[] {
  return [
    ...serviceFinalizerProblems(world, snapshot),
    ...snapshot.vips.flatMap((vip) => vipProblems(snapshot, vip)),
    ...poolProblems(snapshot),
    ...snapshot.instances
      .filter(({ name }) => !snapshot.vips.some((vip) => isServing(vip) && names(vip, name)))
      .map(({ name }) => `VrrpInstance ${name} carries nothing`),
    ...world
      .list('services')
      .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
      .map(({ metadata }) => `Service ${metadata.namespace}/${metadata.name} cannot go`),
  ];
}

function names({ instance, next }: Vip, name: string): boolean {
  return instance === name || next?.instance === name;
}

function serviceFinalizerProblems(world: World, { vips }: ClusterSnapshot): string[] {
  return world.list('services').flatMap(({ metadata }) => {
    const { uid, namespace, name, finalizers = [] } = metadata;
    const ours = serviceFinalizers.filter((each) => finalizers.includes(each));
    const missing = vipsOf(vips, uid).length > 0 && ours.length < serviceFinalizers.length;
    return missing ? [`Service ${namespace}/${name} holds an address without our finalizers`] : [];
  });
}

function vipProblems({ services }: ClusterSnapshot, vip: Vip): string[] {
  const { name, phase, deleting } = vip;
  const uids = new Set(services.filter((service) => !service.deleting).map(({ uid }) => uid));
  const lost = holdersOf(vip).filter((uid) => !uids.has(uid));
  const isLocked = vip.finalizers.includes(vipFinalizer);
  return [
    ...(lost.length > 0 ? [`Vip ${name} is held by ${lost}, which is gone`] : []),
    ...(holdersOf(vip).length < (isServing(vip) ? vip.holders.length : 0)
      ? [`Vip ${name}: somebody is still leaving it`]
      : []),
    ...(phase === 'Releasing' || phase === 'Quarantined'
      ? [`Vip ${name} is still ${phase}, waiting for ${vip.awaitedNodes}`]
      : []),
    ...(deleting && !isServing(vip) ? [`Vip ${name} cannot go`] : []),
    ...(isLocked === isServing(vip) ? [] : [`Vip ${name}: ${phase}, finalizer ${isLocked}`]),
  ];
}

function poolProblems({ pools, vips }: ClusterSnapshot): string[] {
  return pools.flatMap((pool) => {
    const isUsed = vips.some((vip) => vip.pool === pool.name && isServing(vip));
    const isLocked = pool.finalizers.includes(poolFinalizer);
    // One that is being deleted cannot get the finalizer any more.
    return isUsed === isLocked || (isUsed && pool.deleting)
      ? []
      : [`VipPool ${pool.name}: in use ${isUsed}, finalizer ${isLocked}`];
  });
}
