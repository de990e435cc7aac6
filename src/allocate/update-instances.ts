import type { ClusterView } from '../model/cluster-view.ts';
import { holdersOf, preferredAndReady } from '../model/cluster-view.ts';
import type { Instance } from '../model/objects.ts';
import { parseTimestamp } from '../model/timestamp.ts';
import { formatAddress } from '../net/format-address.ts';
import { joinBlockedAfterMs, settleMs } from '../tables/limits.ts';
import { firstMembers, newInstance, vipsOn } from './choose-instance.ts';
import { type Draft, type InstancePlan, isStillServed, type VipPlan } from './draft.ts';
import { nextMembers } from './membership.ts';
import { mayCarry } from './placement.ts';

/**
 * Keeps the instances of the snapshot up to date: members, planned moves, settings; drops idle
 * ones.
 */
export function updateInstances(draft: Draft, view: ClusterView): void {
  // Asked for new instances only: mostly there is none, and then nobody has to look.
  let found: ReadonlySet<string> | undefined;
  const isPublished = (name: string) => {
    found ??= publishedInstances(draft);
    return found.has(name);
  };
  for (const instance of draft.snapshot.instances) {
    if (vipsOn(draft, instance.name) === 0) {
      draft.instances.delete(instance.name);
      continue;
    }
    const updated = update(draft, view, instance);
    const move = instance.move ?? plannedMove(view, instance, isPublished);
    draft.instances.set(instance.name, { ...updated, move });
  }
}

function update(draft: Draft, view: ClusterView, instance: Instance): InstancePlan {
  const pool = draft.snapshot.pools.find(({ name }) => name === instance.pool);
  if (pool === undefined) return instance;
  const places = (draft.places.get(pool.name) ?? []).filter((p) => p.segment === instance.segment);
  const excluded = new Set(
    draft.snapshot.nodes.filter((node) => !mayCarry(node, pool)).map((node) => node.name),
  );
  const members = nextMembers({ instance, pool, places, excluded, view });
  for (const member of members.filter(({ state }) => state !== 'Member')) {
    const blockedMs = member.sinceMs + joinBlockedAfterMs;
    draft.wakes.push(...[blockedMs, view.nextStaleMs ?? 0].filter((ms) => ms > view.nowMs));
  }
  return { ...instance, members, advertIntervalMs: pool.vrrp.advertIntervalMs };
}

/**
 * `nopreempt` gives everything to whoever starts first; a new instance is therefore moved once to
 * the node it was made for (rebalance: WhenNew), while nobody uses its addresses and only just
 * after it was first held.
 */
function plannedMove(
  view: ClusterView,
  instance: Instance,
  isPublished: (instance: string) => boolean,
): InstancePlan['move'] {
  const [from, ...others] = holdersOf(view, instance.name);
  const to = preferredAndReady(view, instance);
  if (from === undefined || others.length > 0 || to === undefined || from === to) return undefined;
  const isNew = view.nowMs < heldSinceMs(view, instance) + settleMs && !isPublished(instance.name);
  return isNew ? { serial: 1, from, to } : undefined;
}

/**
 * When the instance was first seen held; now, while that is not written yet. A time to come was
 * written under a clock that was ahead, and says no more than that it was.
 */
export function heldSinceMs(view: ClusterView, instance: Instance): number {
  const held = instance.conditions.find(({ type, status }) => type === 'Held' && status === 'True');
  const sinceMs = parseTimestamp(held?.lastTransitionTime ?? '') ?? view.nowMs;
  return sinceMs <= view.nowMs ? sinceMs : 0;
}

function publishedInstances(draft: Draft): ReadonlySet<string> {
  const published = new Set(draft.snapshot.services.flatMap((s) => s.ingress.map(({ ip }) => ip)));
  const vips = draft.snapshot.vips.filter((vip) => published.has(formatAddress(vip.address)));
  return new Set(vips.map((vip) => vip.instance));
}

function servedVips({ vips, snapshot }: Draft): readonly VipPlan[] {
  return [...vips.values()].filter((vip) => isStillServed(vip, snapshot.pools));
}

/**
 * An instance deleted by hand while it carries VIPs is made anew under its name, so that its VRID
 * stays (A65, R90).
 */
export function restoreLost(draft: Draft): void {
  for (const { instance: name, pool: poolName } of servedVips(draft)) {
    if (draft.instances.has(name)) continue;
    const pool = draft.snapshot.pools.find((candidate) => candidate.name === poolName);
    const dot = name.lastIndexOf('.');
    const [segment, vrid] = [name.slice(0, dot), Number(name.slice(dot + 1))];
    const places = (draft.places.get(poolName) ?? []).filter((p) => p.segment === segment);
    if (pool === undefined || places.length === 0 || !(vrid >= 1 && vrid <= 255)) continue;
    const members = firstMembers(draft, pool, places);
    draft.instances.set(name, newInstance(pool, { segment, vrid, members }));
  }
}
