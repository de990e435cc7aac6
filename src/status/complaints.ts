import { by, grouped } from '../lib/order.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type {
  OmittedRows,
  ReportedOther,
  ReportedSecret,
  Service,
  VipNode,
} from '../model/objects.ts';
import { omissionsOf } from './reported-rows.ts';

/** What one live node reports against one Service. */
export type Complaint = {
  readonly node: string;
  /** `namespace/name` of the Service. */
  readonly service: string;
  readonly port?: number;
  readonly sentence?: string;
  readonly secret?: ReportedSecret;
  readonly other?: ReportedOther;
  /** There may be more of the kind than the node's report has room for. */
  readonly omitted?: keyof OmittedRows;
};

/** Everything that live nodes report, by Service; of each the nodes are in order of their names. */
export function complaintsByService(
  view: ClusterView,
  services: readonly Service[],
): ReadonlyMap<string, readonly Complaint[]> {
  const live = [...view.reports.values()].filter(({ name }) => view.fresh.has(name));
  const all = live
    .toSorted(by(({ name }) => name))
    .flatMap(({ name: node, ...report }) => [
      ...report.portConflicts.map(({ service, port }): Complaint => ({ node, service, port })),
      ...report.refusals.map(({ service, sentence }): Complaint => ({ node, service, sentence })),
      ...report.otherServices.map((other): Complaint => ({ node, service: other.service, other })),
      ...report.secrets.map((secret): Complaint => ({ node, service: secret.service, secret })),
      ...kinds.flatMap((kind) => omissions(kind, { node, report, services })),
    ]);
  return grouped(all, ({ service }) => service);
}

const kinds: readonly (keyof OmittedRows)[] = ['portConflicts', 'refusals', 'secrets'];

function omissions(
  kind: keyof OmittedRows,
  of: {
    readonly node: string;
    readonly report: Omit<VipNode, 'name'>;
    readonly services: readonly Service[];
  },
): readonly Complaint[] {
  if (of.report.omitted[kind] === 0) return [];
  const mayLack = omissionsOf(of.report[kind], of.report.omitted[kind]);
  return of.services
    .map(({ namespace, name }) => `${namespace}/${name}`)
    .filter(mayLack)
    .map((service) => ({ node: of.node, service, omitted: kind }));
}
