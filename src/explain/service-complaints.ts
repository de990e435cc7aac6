import type { Service } from '../model/objects.ts';
import { reason } from '../tables/reasons.ts';
import { type Told, tell } from './finding.ts';
import type { Picture } from './picture.ts';

/** What one node reports against a Service. */
export type Complaint = Told & { readonly node: string };

/** Everything that living nodes report: ports, configuration, Secrets, pods that fail checks. */
export function complaintsOf({ view }: Picture, service: Service): readonly Complaint[] {
  const key = `${service.namespace}/${service.name}`;
  const nodes = [...view.reports.values()]
    .filter(({ name }) => view.fresh.has(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return nodes.flatMap(({ name: node, portConflicts, refusals, secrets, ...of }) => [
    ...service.ports
      .filter(({ protocol }) => of.unsupportedProtocols.includes(protocol))
      .map(({ port, protocol }) => {
        return { node, ...tell(reason('ProtocolUnsupported', { port, protocol, nodes: node })) };
      }),
    ...portConflicts
      .filter((conflict) => conflict.service === key)
      .map(({ port }) => ({ node, ...tell(reason('PortConflict', { port, nodes: node })) })),
    ...refusals
      .filter((refusal) => refusal.service === key)
      .map(({ sentence }) => ({ node, ...tell(reason('DataPlaneRefused', { node, sentence })) })),
    ...secrets
      .filter((secret) => secret.service === key)
      .map(({ secret, reason: code, message: why }) => {
        return { node, ...tell(reason(code, { secret, why, node, namespace: service.namespace })) };
      }),
    ...of.otherServices
      .filter(({ service: named }) => named === key)
      .map(({ other, why }) => {
        return { node, ...tell(reason('OtherServiceUnusable', { other, why, node })) };
      }),
    ...of.serversDown
      .filter((down) => down.service === key)
      .map(({ port, server, why }) => {
        return { node, ...tell(reason('ServerDown', { port, server, why, node })) };
      }),
  ]);
}
