import type { ClusterView } from '../model/cluster-view.ts';
import { reportOf } from '../model/cluster-view.ts';
import type { Instance, Vip } from '../model/objects.ts';
import { instanceDigest } from '../model/vips-digest.ts';
import { withdrawalWaitMs } from '../tables/limits.ts';
import { vipFinalizer } from '../tables/names.ts';
import type { Draft } from './draft.ts';

/**
 * The end of an address (A57): Releasing until every live node has withdrawn it, Cooling until it
 * may be had by anybody (A17), then deleted. Only what the snapshot already shows as Releasing can
 * be confirmed.
 */
export function finishReleases(draft: Draft, view: ClusterView): void {
  const digests = new Map<string, string>();
  for (const vip of draft.snapshot.vips) {
    const plan = draft.vips.get(vip.name);
    if (plan?.phase !== vip.phase) continue;
    if (vip.phase === 'Cooling') expire(draft, vip);
    if (vip.phase === 'Releasing') coolWhenWithdrawn(draft, view, { vip, digests });
  }
}

function expire(draft: Draft, vip: Vip): void {
  const expiresMs = vip.phaseSinceMs + coolDownMs(draft, vip);
  if (expiresMs <= draft.snapshot.nowMs) draft.vips.delete(vip.name);
  else draft.wakes.push(expiresMs);
}

/** Nobody can get an address of a pool that is gone: nothing to cool down for. */
function coolDownMs(draft: Draft, vip: Vip): number {
  const pool = draft.snapshot.pools.find(({ name }) => name === vip.pool);
  return (pool?.coolDownSeconds ?? 0) * 1000;
}

function coolWhenWithdrawn(
  draft: Draft,
  view: ClusterView,
  of: { vip: Vip; digests: Map<string, string> },
): void {
  const { vip } = of;
  const { nowMs } = draft.snapshot;
  const boundMs = vip.phaseSinceMs + withdrawalWaitMs;
  const instance = draft.snapshot.instances.find(({ name }) => name === vip.instance);
  const isWithdrawn =
    instance === undefined || boundMs <= nowMs || isConfirmed(draft, view, { ...of, instance });
  if (!isWithdrawn) {
    draft.wakes.push(Math.min(boundMs, view.nextStaleMs ?? boundMs));
  } else if (coolDownMs(draft, vip) === 0) {
    draft.vips.delete(vip.name);
  } else {
    const finalizers = vip.finalizers.filter((name) => name !== vipFinalizer);
    const cooled = { ...vip, phase: 'Cooling' as const, phaseSinceMs: nowMs, holder: undefined };
    draft.vips.set(vip.name, { ...cooled, finalizers });
    draft.wakes.push(nowMs + coolDownMs(draft, vip));
  }
}

/**
 * Every member that is alive and says something about the instance has programmed exactly what the
 * API shows (R7, R13).
 */
function isConfirmed(
  draft: Draft,
  view: ClusterView,
  of: { instance: Instance; digests: Map<string, string> },
): boolean {
  const { name, members } = of.instance;
  const digest = of.digests.get(name) ?? instanceDigest(name, draft.snapshot.vips);
  of.digests.set(name, digest);
  return members
    .filter((member) => view.fresh.has(member.node))
    .map((member) => reportOf(view, name, member.node))
    .every((report) => report === undefined || report.digest === digest);
}
