/**
 * Fights over a Service's status (k8s-requirements.md X7): somebody else keeps replacing the
 * ingress that we wrote, and each of the two answers the other for ever. Whoever looks at one
 * moment cannot tell that from a first write, so what we wrote is remembered.
 *
 *   written ──(seen otherwise, in a later version)──▶ undone ──(written again)──▶ written …
 *
 * The first few rewrites are answered at once, as a race deserves; after that we wait longer and
 * longer, and say so once. A contest that has been quiet for a while is forgotten.
 */
import { isSame } from '../lib/same.ts';
import type { Ingress } from '../model/objects.ts';
import {
  contestCalmMs,
  contestPauseFirstMs,
  contestPauseLastMs,
  rewritesTolerated,
} from '../tables/limits.ts';

/** A Service's ingress at one version of the object. */
export type IngressVersion = {
  readonly ingress: readonly Ingress[];
  readonly resourceVersion: string;
};

/** What we wrote to one Service last, and how often that has been undone. */
export type Contest = {
  readonly written: IngressVersion;
  /** Somebody has replaced what is written; false again once we have written anew. */
  readonly isUndone: boolean;
  /** Times in a row. */
  readonly rewrites: number;
  /** Of the last one, ms. */
  readonly undoneMs: number;
};

/** The contest after a write of ours. */
export function afterWrite(before: Contest | undefined, written: IngressVersion): Contest {
  return { rewrites: 0, undoneMs: 0, ...before, written, isUndone: false };
}

/** The contest after a look at the Service; our own write is undone at most once. */
export function afterLook(before: Contest, seen: IngressVersion, nowMs: number): Contest {
  if (before.isUndone || !isUndoing(before.written, seen)) return before;
  const isCalm = before.undoneMs + contestCalmMs <= nowMs;
  return { ...before, isUndone: true, rewrites: isCalm ? 1 : before.rewrites + 1, undoneMs: nowMs };
}

/** A cache that has not seen our write yet says nothing about others. */
function isUndoing(written: IngressVersion, seen: IngressVersion): boolean {
  if (isSame(seen.ingress, written.ingress)) return false;
  return BigInt(seen.resourceVersion || '0') > BigInt(written.resourceVersion || '0');
}

/** When we may write again, ms; 0 = at once. */
export function writableAtMs({ isUndone, rewrites, undoneMs }: Contest): number {
  const beyond = rewrites - rewritesTolerated;
  if (!isUndone || beyond <= 0) return 0;
  return undoneMs + Math.min(contestPauseFirstMs * 2 ** (beyond - 1), contestPauseLastMs);
}

/** The moment at which the owner is told, which comes once in a contest. */
export function isNews(before: Contest, after: Contest): boolean {
  return before.rewrites <= rewritesTolerated && after.rewrites > rewritesTolerated;
}
