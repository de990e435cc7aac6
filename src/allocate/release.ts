import type { ClusterView } from '../model/cluster-view.ts';
import type { Vip } from '../model/objects.ts';
import { othersFinalizers } from '../model/vip-finalizers.ts';
import { stayingHolders } from '../model/vip-holders.ts';
import { awaitedNodesMax, clockSkewMaxMs, withdrawalWaitMs } from '../tables/limits.ts';
import { type Draft, isHeld } from './draft.ts';
import { retainedUntilMs, retainSecondsOf } from './retention.ts';
import { Withdrawals } from './withdrawals.ts';

/**
 * The end of an address (A57). Only what the snapshot already shows as leaving can be confirmed.
 *
 *     Held ─▶ Releasing ──all nodes have withdrawn it──▶ Retained (A61) ─▶ Cooling (A17) ─▶ deleted
 *                 └──a node does not say so in time──▶ Quarantined (A64) ──it does──▲
 *
 * One of several holders leaves in the same way; the Vip stays Held for the others.
 */
export function finishReleases(draft: Draft, view: ClusterView): void {
  const withdrawals = new Withdrawals(draft.snapshot, view);
  for (const stored of draft.snapshot.vips) {
    const vip = inOurTime(stored, draft.snapshot.nowMs);
    if (vip !== stored) draft.vips.set(vip.name, vip);
    if (isHeld(vip)) dropWithdrawn(draft, vip, withdrawals);
    else if (vip.phase === 'Releasing') endRelease(draft, vip, withdrawals);
    else if (vip.phase === 'Quarantined') endQuarantine(draft, vip, withdrawals);
    else if (vip.phase === 'Retained') expireRetention(draft, vip);
    else expireCoolDown(draft, vip, vip.phaseSinceMs);
  }
}

/**
 * A time to come was written under a clock that was ahead: waiting for it could take years, so what
 * began then begins now.
 */
function inOurTime(vip: Vip, nowMs: number): Vip {
  const isAhead = (ms = 0): boolean => ms > nowMs + clockSkewMaxMs;
  const isUntrue = isAhead(vip.phaseSinceMs) || vip.holders.some((h) => isAhead(h.leavingSinceMs));
  if (!isUntrue) return vip;
  const holders = vip.holders.map((holder) =>
    isAhead(holder.leavingSinceMs) ? { ...holder, leavingSinceMs: nowMs } : holder,
  );
  return { ...vip, holders, phaseSinceMs: Math.min(vip.phaseSinceMs, nowMs) };
}

/** Holders whose ports are off the nodes, or have been waited for long enough, are gone. */
function dropWithdrawn(draft: Draft, vip: Vip, withdrawals: Withdrawals): void {
  // Nobody leaves: so it is with most.
  if (vip.previousInstance === undefined && stayingHolders(vip) === vip.holders) return;
  const isPassed = withdrawals.awaitedBefore(vip.previousInstance).length === 0;
  const previousInstance = isPassed ? undefined : vip.previousInstance;
  const isGone = ({ leavingSinceMs }: Vip['holders'][number]) =>
    leavingSinceMs !== undefined &&
    (withdrawals.awaited(vip).length === 0 || isOverdue(draft, leavingSinceMs));
  const holders = vip.holders.filter((holder) => !isGone(holder));
  const isChanged =
    holders.length < vip.holders.length || previousInstance !== vip.previousInstance;
  if (isChanged) draft.vips.set(vip.name, { ...vip, holders, previousInstance });
  for (const { leavingSinceMs } of holders) {
    if (leavingSinceMs !== undefined) draft.wakes.push(leavingSinceMs + withdrawalWaitMs);
  }
}

/** What is released by this run asks the nodes that may serve it, also those that are silent. */
export function askNodes(draft: Draft, view: ClusterView): void {
  const releasing = [...draft.vips.values()].filter(({ phase }) => phase === 'Releasing');
  if (releasing.length === 0) return;
  const before = new Map(draft.snapshot.vips.map(({ name, phase }) => [name, phase]));
  const released = releasing.filter(({ name }) => before.get(name) !== 'Releasing');
  const withdrawals = new Withdrawals(draft.snapshot, view);
  for (const vip of released) {
    const awaitedNodes = withdrawals.concerned(vip).slice(0, awaitedNodesMax);
    draft.vips.set(vip.name, { ...vip, awaitedNodes });
  }
}

function isOverdue(draft: Draft, sinceMs: number): boolean {
  return sinceMs + withdrawalWaitMs <= draft.snapshot.nowMs;
}

function endRelease(draft: Draft, vip: Vip, withdrawals: Withdrawals): void {
  const awaitedNodes = withdrawals.awaited(vip);
  if (awaitedNodes.length === 0) {
    end(draft, vip);
  } else if (isOverdue(draft, vip.phaseSinceMs)) {
    const phaseSinceMs = draft.snapshot.nowMs;
    const finalizers = othersFinalizers(vip);
    const ended = { ...vip, phaseSinceMs, awaitedNodes, finalizers };
    draft.vips.set(vip.name, { ...ended, phase: 'Quarantined' });
  } else draft.wakes.push(vip.phaseSinceMs + withdrawalWaitMs);
}

/** It ends when the last of the awaited nodes says so, or is no node of the cluster any more. */
function endQuarantine(draft: Draft, vip: Vip, withdrawals: Withdrawals): void {
  const still = new Set(withdrawals.awaited(vip));
  const awaitedNodes = vip.awaitedNodes.filter((node) => still.has(node));
  if (awaitedNodes.length === 0) end(draft, vip);
  else draft.vips.set(vip.name, { ...vip, awaitedNodes });
}

/**
 * Nobody serves it any more: it is kept for its Service, cools down, or is gone at once. So is one
 * that somebody deleted by hand while it was held (A65).
 */
function end(draft: Draft, vip: Vip): void {
  if (vip.deleting) {
    draft.vips.delete(vip.name);
    return;
  }
  const { nowMs } = draft.snapshot;
  const nowhere = {
    awaitedNodes: [],
    previousInstance: undefined,
    finalizers: othersFinalizers(vip),
  };
  const ended = { ...vip, ...nowhere, phaseSinceMs: nowMs };
  const kept = vip.holders.filter(({ retainSeconds }) => retainSeconds > 0);
  const retained = { ...ended, holders: kept.map((holder) => ({ ...holder, ...stayed })) };
  if (retainSecondsOf(draft, retained) > 0) {
    draft.vips.set(vip.name, { ...retained, phase: 'Retained' });
    draft.wakes.push(retainedUntilMs(draft, retained));
  } else expireCoolDown(draft, { ...ended, holders: [], phase: 'Cooling' }, nowMs);
}

const stayed = { leavingSinceMs: undefined };

/** What is left of the cool-down counts from when nobody served the address any more. */
function expireRetention(draft: Draft, vip: Vip): void {
  const untilMs = retainedUntilMs(draft, vip);
  if (untilMs > draft.snapshot.nowMs) draft.wakes.push(untilMs);
  else expireCoolDown(draft, { ...vip, holders: [], phase: 'Cooling' }, vip.phaseSinceMs);
}

/** Nobody can get an address of a pool that is gone: nothing to cool down for. */
function expireCoolDown(draft: Draft, vip: Vip, sinceMs: number): void {
  const seconds = draft.spaceOf.get(vip.pool)?.pool.coolDownSeconds ?? 0;
  const expiresMs = sinceMs + seconds * 1000;
  if (expiresMs <= draft.snapshot.nowMs) {
    draft.vips.delete(vip.name);
    return;
  }
  draft.vips.set(vip.name, vip);
  draft.wakes.push(expiresMs);
}
