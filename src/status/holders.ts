import { heldSinceMs } from '../allocate/update-instances.ts';
import { type ClusterView, holdersOf, reportOf } from '../model/cluster-view.ts';
import type { Instance } from '../model/objects.ts';
import { settleMs } from '../tables/limits.ts';

/**
 * The node that holds an instance. After a node's death two say so until its Lease is stale: the
 * one that was not the holder before is believed when the second voice is first heard, and stays
 * believed.
 */
export function holderOf(view: ClusterView, instance: Instance): string | undefined {
  const claims = holdersOf(view, instance.name);
  const { statusHolder } = instance;
  if (claims.length < 2) return claims[0];
  const isKnownToDiffer = instance.conditions.some(
    ({ type, reason }) => type === 'Held' && reason !== 'Held',
  );
  const isStillClaimed = statusHolder !== undefined && claims.includes(statusHolder);
  if (isKnownToDiffer && isStillClaimed) return statusHolder;
  return claims.find((node) => node !== statusHolder);
}

/**
 * Who held it last, for messages. Once nobody does, status names nobody; the condition's message
 * remembers, so that it does not change by itself.
 */
export function lastHolderOf({ statusHolder, conditions }: Instance): string {
  const held = conditions.find(({ type }) => type === 'Held');
  return statusHolder ?? /last holder (\S+)$/.exec(held?.message ?? '')?.[1] ?? 'nobody';
}

/** When an instance may be published; `wakeAtMs` is when it will be if nothing else happens. */
export type Settled = { readonly settled: boolean; readonly wakeAtMs: number | undefined };

/**
 * Whether a new instance has come to rest: on the node it was made for, or its planned move is
 * done, or it has been held for `settleMs` wherever it is. Clients that come later than this are
 * never moved.
 */
export function isSettled(view: ClusterView, instance: Instance): Settled {
  const holder = holderOf(view, instance);
  if (holder === undefined) return { settled: false, wakeAtMs: undefined };
  const isPreferred = instance.members.some(({ node, rank }) => node === holder && rank === 0);
  const wakeAtMs = heldSinceMs(view, instance) + settleMs;
  if (isPreferred || isMoveDone(view, instance) || wakeAtMs <= view.nowMs) {
    return { settled: true, wakeAtMs: undefined };
  }
  return { settled: false, wakeAtMs };
}

function isMoveDone(view: ClusterView, { name, move }: Instance): boolean {
  if (move === undefined) return false;
  return (reportOf(view, name, move.from)?.moveSerial ?? 0) >= move.serial;
}

/** Whether somebody who holds the instance has programmed exactly these Vips. */
export function isProgrammed(view: ClusterView, instance: string, digest: string): boolean {
  const reports = holdersOf(view, instance).map((node) => reportOf(view, instance, node));
  return reports.some((report) => report?.digest === digest);
}
