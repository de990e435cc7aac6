import type { Service } from '../model/objects.ts';
import { reason } from '../tables/reasons.ts';
import { type Told, tell } from './finding.ts';
import type { Picture } from './picture.ts';

/** What one node reports against a Service. */
export type Complaint = Told & { readonly node: string };

/** Ports that are taken and configuration that was refused, on living nodes. */
export function complaintsOf({ view }: Picture, service: Service): readonly Complaint[] {
  const key = `${service.namespace}/${service.name}`;
  const nodes = [...view.reports.values()]
    .filter(({ name }) => view.fresh.has(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return nodes.flatMap(({ name: node, portConflicts, refusals }) => [
    ...portConflicts
      .filter((conflict) => conflict.service === key)
      .map(({ port }) => ({ node, ...tell(reason('PortConflict', { port, nodes: node })) })),
    ...refusals
      .filter((refusal) => refusal.service === key)
      .map(({ sentence }) => ({ node, ...tell(reason('DataPlaneRefused', { node, sentence })) })),
  ]);
}
