import type { Allocation } from '../allocate/allocate.ts';
import type { ClusterSnapshot, Vip } from '../model/objects.ts';
import type { Complaint } from './complaints.ts';
import type { InstanceState } from './instance-states.ts';

/** Where a Service's status comes from, indexed once for all Services. */
export type ServiceSources = {
  readonly snapshot: ClusterSnapshot;
  readonly allocation: Allocation;
  /** Vips by the UID of their holder. */
  readonly vipsOfHolder: ReadonlyMap<string, readonly Vip[]>;
  /** By the instance's name. */
  readonly states: ReadonlyMap<string, InstanceState>;
  /** By `namespace/name` of the Service. */
  readonly complaints: ReadonlyMap<string, readonly Complaint[]>;
};
