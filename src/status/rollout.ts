import { byEach, byNumber, byText } from '../lib/order.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type { DaemonSet, PoolPod } from '../model/parse-pool-pods.ts';

/** What a rollout is decided from. `daemonSets` carry the hashes that are wanted. */
export type Rollout = {
  readonly daemonSets: readonly DaemonSet[];
  readonly pods: readonly PoolPod[];
  readonly view: ClusterView;
};

/**
 * The one pod to delete next so that its DaemonSet makes it anew, or `undefined`: nothing is
 * outdated, or the last one is not back yet. One node at a time over all pools; pods that serve
 * nothing first, then nodes that hold nothing (design.md section 1). Pods on nodes whose Lease is
 * stale neither count nor wait.
 */
export function nextPodToReplace({ daemonSets, pods, view }: Rollout): PoolPod | undefined {
  const wanted = new Map(daemonSets.map(({ pool, hash }) => [pool, hash]));
  const alive = pods.filter((pod) => wanted.has(pod.pool) && view.fresh.has(pod.node));
  const isCurrent = (pod: PoolPod) => pod.hash === wanted.get(pod.pool);
  const isReturning = (pod: PoolPod) => pod.deleting || (isCurrent(pod) && !pod.ready);
  const isMissing = daemonSets.some(
    (set) => pods.filter((pod) => pod.pool === set.pool).length < set.wanted,
  );
  if (isMissing || alive.some(isReturning)) return undefined;
  const outdated = alive.filter((pod) => !isCurrent(pod));
  return outdated.toSorted(leastHarmFirst(view))[0];
}

function leastHarmFirst(view: ClusterView) {
  const holds = (node: string) =>
    view.reports.get(node)?.instances.some((instance) => instance.held) === true;
  return byEach<PoolPod>(
    byNumber((pod) => (pod.ready ? 1 : 0)),
    byNumber((pod) => (holds(pod.node) ? 1 : 0)),
    (a, b) => byText(a.node, b.node),
    (a, b) => byText(a.name, b.name),
  );
}
