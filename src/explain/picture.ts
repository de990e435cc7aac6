import { type Allocation, allocate } from '../allocate/allocate.ts';
import { type ClusterView, clusterView } from '../model/cluster-view.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { clusterStatus } from '../status/cluster-status.ts';
import { afterStatuses } from './after-statuses.ts';

/** A kind of object that could not be read; `sentence` names the right that is missing. */
export type Unread = {
  readonly kind: keyof ClusterSnapshot | 'lease' | 'slices' | 'policies';
  readonly sentence: string;
};

/** Decisions need neither: Leases of nodes are then taken for fresh, and said to be unread. */
const dispensable: ReadonlySet<Unread['kind']> = new Set(['lease', 'leases', 'slices']);

/** The leader Lease of the controllers, as read. */
export type LeaderLease = {
  /** `namespace/name`. */
  readonly name: string;
  /** Empty when it was released, or when there is no such Lease. */
  readonly holder: string;
  readonly renewedMs: number | undefined;
  readonly leaseMs: number;
};

/** What was read of a cluster. A list that could not be read is empty, and named in `unread`. */
export type Reading = {
  readonly snapshot: ClusterSnapshot;
  readonly lease: LeaderLease | undefined;
  readonly unread: readonly Unread[];
};

/**
 * A cluster to tell about. `now` has the conditions that the controller would write this moment, so
 * that what is told is true also while no controller runs; `allocation` is its decision.
 */
export type Picture = Reading & {
  readonly now: ClusterSnapshot;
  readonly view: ClusterView;
  /** Undefined where too little could be read to decide anything; `now` is then what is stored. */
  readonly allocation: Allocation | undefined;
};

/** Runs the controller's own decision over what was read, if enough of it was. */
export function pictureOf(reading: Reading): Picture {
  const { snapshot, unread } = reading;
  const view = clusterView(snapshot);
  if (unread.some(({ kind }) => !dispensable.has(kind))) {
    return { ...reading, view, now: snapshot, allocation: undefined };
  }
  const allocation = allocate(snapshot);
  const now = afterStatuses(snapshot, clusterStatus(snapshot, allocation));
  return { ...reading, view, now, allocation };
}
