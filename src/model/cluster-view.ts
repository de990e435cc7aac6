import { indexed } from '../lib/order.ts';
import { nodeLeaseFreshMs } from '../tables/limits.ts';
import type { ClusterSnapshot, Instance, ReportedInstance, VipNode } from './objects.ts';

/** What the nodes say, indexed once. */
export type ClusterView = {
  readonly nowMs: number;
  /** Names of all Nodes. */
  readonly nodes: ReadonlySet<string>;
  /** Nodes that can confirm something: their Lease was renewed lately (R13). */
  readonly fresh: ReadonlySet<string>;
  /**
   * When the first of the fresh ones goes stale unless it renews: nothing is to be waited for
   * beyond it.
   */
  readonly nextStaleMs: number | undefined;
  readonly reports: ReadonlyMap<string, VipNode>;
  /** What is said about each instance, by its name, then by node. */
  readonly instances: ReadonlyMap<string, ReadonlyMap<string, ReportedInstance>>;
};

/** Indexes the reports of a snapshot. */
export function clusterView(snapshot: ClusterSnapshot): ClusterView {
  const nodes = new Set(snapshot.nodes.map((node) => node.name));
  const staleAt = (lease: { seenMs: number }) => lease.seenMs + nodeLeaseFreshMs;
  const fresh = snapshot.leases.filter(
    (lease) => nodes.has(lease.node) && staleAt(lease) > snapshot.nowMs,
  );
  return {
    nowMs: snapshot.nowMs,
    nodes,
    fresh: new Set(fresh.map((lease) => lease.node)),
    nextStaleMs: fresh.length === 0 ? undefined : Math.min(...fresh.map(staleAt)),
    reports: indexed(snapshot.vipNodes, ({ name }) => name),
    instances: instanceReports(snapshot.vipNodes),
  };
}

function instanceReports(vipNodes: readonly VipNode[]): Map<string, Map<string, ReportedInstance>> {
  const all = new Map<string, Map<string, ReportedInstance>>();
  for (const vipNode of vipNodes) {
    for (const report of vipNode.instances) {
      const ofInstance = all.get(report.name) ?? new Map<string, ReportedInstance>();
      all.set(report.name, ofInstance.set(vipNode.name, report));
    }
  }
  return all;
}

/** What one node says about one instance. */
export function reportOf(
  view: ClusterView,
  instance: string,
  node: string,
): ReportedInstance | undefined {
  return view.instances.get(instance)?.get(node);
}

/**
 * The fresh nodes that say they hold the instance, sorted: a node that was cut off says so for
 * ever.
 */
export function holdersOf(view: ClusterView, instance: string): readonly string[] {
  const reports = [...(view.instances.get(instance) ?? [])];
  return reports
    .filter(([node, report]) => report.held && view.fresh.has(node))
    .map(([node]) => node)
    .sort();
}

/**
 * The member everybody prefers: rank 0, when it runs this very instance and its data plane is
 * ready.
 */
export function preferredAndReady(view: ClusterView, instance: Instance): string | undefined {
  const first = instance.members.find(({ rank, state }) => rank === 0 && state === 'Member');
  if (first === undefined || !view.fresh.has(first.node)) return undefined;
  const report = reportOf(view, instance.name, first.node);
  const pool = view.reports.get(first.node)?.pools.find(({ name }) => name === instance.pool);
  const isReady = report !== undefined && report.generation >= instance.generation && pool?.ready;
  return isReady ? first.node : undefined;
}
