import { type Allocation, allocate } from '../allocate/allocate.ts';
import { grouped } from '../lib/order.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { stayingHolders } from '../model/vip-holders.ts';
import { formatAddress } from '../net/format-address.ts';
import { clusterStatus } from '../status/cluster-status.ts';
import { annotations } from '../tables/names.ts';
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

/** A healthy cluster comes to rest within ten rounds; what takes more is said to go on. */
const roundsMax = 50;

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
    current = hastened(afterReports(afterOperations(written, allocation.operations)));
  }
  return { snapshot: current, allocation: allocate(current), isSettled: false };
}

/**
 * A pool that moves its Services by itself moves one after the other (A48), three rounds for each.
 * Asking all of them to leave comes to the same and takes three rounds for all.
 */
function hastened(snapshot: ClusterSnapshot): ClusterSnapshot {
  const moving = new Set(
    snapshot.pools.filter((pool) => pool.strandedPolicy === 'Reassign').map(({ name }) => name),
  );
  const leaving = snapshot.vips.filter((vip) => vip.phase === 'Stranded' && moving.has(vip.pool));
  if (leaving.length === 0) return snapshot;
  const asked = grouped(
    leaving.flatMap((vip) => stayingHolders(vip).map(({ uid }) => ({ uid, vip }))),
    ({ uid }) => uid,
  );
  const services = snapshot.services.map((service) => {
    const vips = asked.get(service.uid)?.map(({ vip }) => formatAddress(vip.address));
    if (vips === undefined) return service;
    const annotated = { ...service.annotations, [annotations.reassign]: vips.join(',') };
    return { ...service, annotations: annotated };
  });
  return { ...snapshot, services };
}
