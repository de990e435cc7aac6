import { type ClusterView, holdersOf, reportOf } from '../model/cluster-view.ts';
import { stayingHolders } from '../model/vip-holders.ts';
import { instanceDigests } from '../model/vips-digest.ts';
import { settleMs } from '../tables/limits.ts';
import { chooseInstance } from './choose-instance.ts';
import { isGranting, matches } from './choose-pools.ts';
import { type Draft, isHeld, type VipPlan } from './draft.ts';
import { hasAddress, type PoolSpace, stillContains } from './pool-space.ts';
import { place } from './take.ts';
import { heldSinceMs } from './update-instances.ts';

/**
 * Lets addresses follow a range that was renamed, split or merged into another pool (A47). First
 * the Vip names an instance of the new pool as its `next`: its nodes start it without the address,
 * and their HAProxy listens on it in advance. Once one of them holds the instance and has done all
 * that, pool and instance change in one write, and every node takes the address off the old pool's
 * keepalived before it gives it to the new one's.
 */
export function passOn(draft: Draft, view: ClusterView): void {
  const passing: { readonly vip: VipPlan; readonly heir: PoolSpace }[] = [];
  for (const vip of [...draft.vips.values()].filter(isHeld)) {
    const heir = heirOf(draft, vip);
    if (heir !== undefined) passing.push({ vip, heir });
    else if (vip.next !== undefined) draft.vips.set(vip.name, { ...vip, next: undefined });
  }
  if (passing.length === 0) return;
  const digests = instanceDigests(draft.snapshot.vips);
  for (const each of passing) passTo(draft, { ...each, view, digests });
}

type Passing = {
  readonly vip: VipPlan;
  readonly heir: PoolSpace;
  readonly view: ClusterView;
  readonly digests: ReadonlyMap<string, string>;
};

/** The pool that has the address now, when its own one has it no more or is being deleted. */
function heirOf(draft: Draft, vip: VipPlan): PoolSpace | undefined {
  const own = draft.spaceOf.get(vip.pool)?.pool;
  const isJudged = own === undefined || own.problems.length === 0;
  const isAtHome = own !== undefined && !own.deleting && stillContains(own, vip.address);
  if (!isJudged || isAtHome) return undefined;
  return draft.spaces.find(
    (space) =>
      space.pool.name !== vip.pool &&
      isGranting(space.pool) &&
      isForAllHolders(draft, space, vip) &&
      hasAddress(space, vip.address),
  );
}

/** All addresses of a Service go together, for they come from one pool (A23). */
function isForAllHolders(draft: Draft, space: PoolSpace, vip: VipPlan): boolean {
  const uids = stayingHolders(vip).map(({ uid }) => uid);
  return uids.every((uid) => {
    const service = draft.serviceOf.get(uid);
    if (service === undefined) return false;
    const namespace = draft.namespaces.get(service.namespace);
    const vips = (draft.kept.get(uid) ?? []).map((name) => draft.vips.get(name));
    return (
      matches({ service, namespace, spaces: [] }, space.pool) &&
      vips.every((other) => other !== undefined && hasAddress(space, other.address))
    );
  });
}

function passTo(draft: Draft, passing: Passing): void {
  const { vip, heir } = passing;
  const pool = heir.pool.name;
  const known = vip.next?.pool === pool && draft.instances.has(vip.next.instance);
  const chosen = known ? undefined : chooseInstance(draft, heir.pool, [vip.address]);
  const instance = known ? vip.next?.instance : chosen?.ok ? chosen.value : undefined;
  if (instance === undefined) return;
  if (!isReady(draft, passing, instance)) {
    place(draft, { ...vip, next: { pool, instance } });
    return;
  }
  const { nowMs } = draft.snapshot;
  const phaseSinceMs = vip.phase === 'Held' ? vip.phaseSinceMs : nowMs;
  const passed = { pool, instance, next: undefined, previousInstance: vip.instance };
  place(draft, { ...vip, ...passed, phase: 'Held', phaseSinceMs });
}

/** Its holder is ready to serve, and it will not be moved for being new (design.md section 2.8). */
function isReady(draft: Draft, { view, digests }: Passing, name: string): boolean {
  const instance = draft.snapshot.instances.find((candidate) => candidate.name === name);
  const [holder, ...others] = instance === undefined ? [] : holdersOf(view, name);
  if (instance === undefined || holder === undefined || others.length > 0) return false;
  if (reportOf(view, name, holder)?.digest !== digests.get(name)) return false;
  const isPreferred = instance.members.some(({ node, rank }) => node === holder && rank === 0);
  const settledMs = heldSinceMs(view, instance) + settleMs;
  if (isPreferred || settledMs <= view.nowMs) return true;
  draft.wakes.push(settledMs);
  return false;
}
