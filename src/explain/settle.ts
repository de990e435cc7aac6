import { type Allocation, allocate } from '../allocate/allocate.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { clusterStatus } from '../status/cluster-status.ts';
import { afterOperations } from './after-operations.ts';
import { afterReports } from './after-reports.ts';
import { afterStatuses } from './after-statuses.ts';

/** Where the cluster comes to when nothing else happens. */
export type Settled = {
  readonly snapshot: ClusterSnapshot;
  readonly allocation: Allocation;
  /** False: it was still changing after `roundsMax` rounds; what is told is how far it came. */
  readonly isSettled: boolean;
};

/**
 * A pool that moves its Services by itself takes about three rounds for each; more than this and
 * the rest is said to follow. At 5,000 Services a round costs some tens of milliseconds.
 */
const roundsMax = 200;

/**
 * Runs the controller's own decisions on a snapshot again and again, with agents that do at once
 * what they are told, until nothing changes any more. Time stands still: what cools down, is
 * retained or waits for a dead node stays as it is.
 */
export function settle(snapshot: ClusterSnapshot): Settled {
  let current = snapshot;
  for (let round = 0; round < roundsMax; round += 1) {
    const allocation = allocate(current);
    const said = clusterStatus(current, allocation);
    const isSettled = [allocation.operations, said.finalizers, said.statuses].every(
      ({ length }) => length === 0,
    );
    if (isSettled && round > 0) return { snapshot: current, allocation, isSettled: true };
    const written = afterStatuses(current, said);
    current = afterReports(afterOperations(written, allocation.operations));
  }
  return { snapshot: current, allocation: allocate(current), isSettled: false };
}
