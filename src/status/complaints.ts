import { by, grouped } from '../lib/order.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type { ReportedOther, ReportedSecret } from '../model/objects.ts';

/** What one live node reports against one Service. */
export type Complaint = {
  readonly node: string;
  /** `namespace/name` of the Service. */
  readonly service: string;
  readonly port?: number;
  readonly sentence?: string;
  readonly secret?: ReportedSecret;
  readonly other?: ReportedOther;
};

/** Everything that live nodes report, by Service; of each the nodes are in order of their names. */
export function complaintsByService(view: ClusterView): ReadonlyMap<string, readonly Complaint[]> {
  const live = [...view.reports.values()].filter(({ name }) => view.fresh.has(name));
  const all = live
    .toSorted(by(({ name }) => name))
    .flatMap(({ name: node, ...report }) => [
      ...report.portConflicts.map(({ service, port }): Complaint => ({ node, service, port })),
      ...report.refusals.map(({ service, sentence }): Complaint => ({ node, service, sentence })),
      ...report.otherServices.map((other): Complaint => ({ node, service: other.service, other })),
      ...report.secrets.map((secret): Complaint => ({ node, service: secret.service, secret })),
    ]);
  return grouped(all, ({ service }) => service);
}
