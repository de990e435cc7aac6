import type { Allocation } from '../allocate/allocate.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type { ClusterSnapshot, Instance, Vip } from '../model/objects.ts';

/** Where a Service's status comes from, indexed once for all Services. */
export type ServiceSources = {
  readonly snapshot: ClusterSnapshot;
  readonly allocation: Allocation;
  readonly view: ClusterView;
  readonly instances: ReadonlyMap<string, Instance>;
  /** Vips by the UID of their holder. */
  readonly vipsOfHolder: ReadonlyMap<string, readonly Vip[]>;
  /** What a node reports that has programmed all Vips of an instance, by the instance's name. */
  readonly digests: ReadonlyMap<string, string>;
};
