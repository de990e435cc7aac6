import { isBad } from '../status/events.ts';
import { type Told, tellCondition } from './finding.ts';
import type { Picture } from './picture.ts';

/** One node in a report. */
export type NodeRow = {
  readonly node: string;
  /** Since its Lease was last renewed; `null` when that is not known. */
  readonly renewedSecondsAgo: number | null;
  /** Whether it renewed its Lease lately; `null` when that is not known. */
  readonly alive: boolean | null;
  /** Whether its agent has reported: there is a VipNode. */
  readonly reports: boolean;
  /** Names of the VRRP instances it says it holds. */
  readonly holds: readonly string[];
  readonly pools: readonly { readonly pool: string; readonly ready: boolean }[];
  /** Frontends left out because another process has the port. */
  readonly portConflicts: number;
  /** Services whose configuration a daemon refused. */
  readonly refusals: number;
  /** What its agent says is wrong. */
  readonly bad: readonly Told[];
};

/** Every node that exists or has reported, by name. */
export function nodeRows({ snapshot, view, unread }: Picture): readonly NodeRow[] {
  const leases = new Map(snapshot.leases.map(({ node, seenMs }) => [node, seenMs]));
  const isLeaseKnown = !unread.some(({ kind }) => kind === 'leases');
  return [...new Set([...view.nodes, ...view.reports.keys()])].sort().map((node) => {
    const report = view.reports.get(node);
    const seenMs = isLeaseKnown ? leases.get(node) : undefined;
    return {
      node,
      renewedSecondsAgo:
        seenMs === undefined ? null : Math.max(0, Math.round((snapshot.nowMs - seenMs) / 1000)),
      alive: isLeaseKnown ? view.fresh.has(node) : null,
      reports: report !== undefined,
      holds: (report?.instances ?? [])
        .filter(({ held }) => held)
        .map(({ name }) => name)
        .sort(),
      pools: (report?.pools ?? [])
        .map(({ name: pool, ready }) => ({ pool, ready }))
        .toSorted((a, b) => (a.pool < b.pool ? -1 : 1)),
      portConflicts: report?.portConflicts.length ?? 0,
      refusals: report?.refusals.length ?? 0,
      bad: (report?.conditions ?? []).filter(isBad).map(tellCondition),
    };
  });
}
