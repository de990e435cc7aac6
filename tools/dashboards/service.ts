import type { Dashboard } from './dashboard.ts';
import { metricNames as m } from './metric-names.ts';
import { lines, type Section, stat } from './panel.ts';

/** For whoever has a Service: who connects, what goes wrong, which pods serve. */
export function serviceDashboard(): Dashboard {
  // Whatever speaks TCP has the first, whatever speaks UDP or SCTP the second.
  const all = `__name__=~"${m.serviceServersUp}|${m.serviceFlows}"`;
  return {
    uid: 'fairlead-service',
    title: 'Fairlead / Service',
    says: 'One Service. UDP and SCTP, which pass HAProxy by, have a row of their own.',
    variables: [
      {
        ...{ name: 'namespace', title: 'Namespace', isMany: false },
        query: `label_values({${all}}, namespace)`,
      },
      {
        ...{ name: 'service', title: 'Service', isMany: false },
        query: `label_values({${all}, namespace="$namespace"}, service)`,
      },
      {
        ...{ name: 'port', title: 'Port', isMany: true },
        query: `label_values({${all}, namespace="$namespace", service="$service"}, port)`,
      },
    ],
    sections: [now(), clients(), servers(), requests(), flows(), eachServer()],
  };
}

const chosen = '{namespace="$namespace", service="$service", port=~"$port"}';

/** HAProxy counts by itself on every node, from its last reload on: rates, summed over nodes. */
function rate(labels: string, name: string): string {
  return `sum by (${labels}) (rate(${name}${chosen}[$__rate_interval]))`;
}

function sum(labels: string, name: string): string {
  return `sum by (${labels}) (${name}${chosen})`;
}

function now(): Section {
  const failed = rate('service', m.serviceFailedConnections);
  const panels = [
    stat({
      title: 'Servers up',
      says: 'Pods that pass their checks, of the port with the fewest, seen from the best node.',
      asks: { servers: `min(max by (port) (${m.serviceServersUp}${chosen}))` },
    }),
    stat({
      title: 'Open connections',
      says: 'Of clients, over all nodes.',
      asks: { open: sum('service', m.serviceOpenConnections) },
    }),
    stat({
      ...{ title: 'New connections', unit: 'cps' },
      says: 'A second.',
      asks: { new: rate('service', m.serviceConnections) },
    }),
    stat({
      ...{ title: 'Failed', unit: 'percentunit', badFrom: 0.05 },
      says: 'Connections to pods that could not be opened, for each of a client.',
      asks: { failed: `${failed} / (${rate('service', m.serviceConnections)} > 0)` },
    }),
    stat({
      ...{ title: 'Waiting in a queue', badFrom: 1 },
      says: 'For a pod with room (fairlead.dev/max-connections-per-server).',
      asks: { queued: sum('service', m.serviceQueuedConnections) },
    }),
    stat({
      ...{ title: 'Denied', unit: 'cps' },
      says: 'A second: source ranges, limits, nobody to serve.',
      asks: { denied: rate('service', m.serviceDeniedConnections) },
    }),
  ];
  return { title: 'Now', panels };
}

function clients(): Section {
  const port = 'port {{port}}';
  const panels = [
    lines({
      ...{ title: 'New connections', unit: 'cps', width: 8, isStacked: true },
      says: 'A second, by node: the one that holds the VIP takes them.',
      asks: { [`${port} on {{node}}`]: rate('port, node', m.serviceConnections) },
    }),
    lines({
      ...{ title: 'Open connections', width: 8, isStacked: true },
      says: 'By node. After a reload or a move old ones are left out.',
      asks: { [`${port} on {{node}}`]: sum('port, node', m.serviceOpenConnections) },
    }),
    lines({
      ...{ title: 'Bytes', unit: 'Bps', width: 8 },
      says: 'A second.',
      asks: {
        [`${port} from clients`]: rate('port', m.serviceReceivedBytes),
        [`${port} to clients`]: rate('port', m.serviceSentBytes),
      },
    }),
    lines({
      ...{ title: 'Denied', unit: 'cps', width: 8 },
      says: 'Closed at once: source ranges, limits of a client, nobody to serve.',
      asks: { [port]: rate('port', m.serviceDeniedConnections) },
    }),
    lines({
      ...{ title: 'Queue', width: 8 },
      says: 'Connections that wait for a pod with room, at most five seconds each.',
      asks: { [port]: sum('port', m.serviceQueuedConnections) },
    }),
    lines({
      ...{ title: 'Servers up', width: 8 },
      says: 'As each node sees it. A node that sees fewer than others does not reach some pods.',
      asks: {
        [`${port} from {{node}}`]: `max by (port, node) (${m.serviceServersUp}${chosen})`,
      },
    }),
  ];
  return { title: 'Clients', panels };
}

function servers(): Section {
  const each = 'port {{port}}';
  const panels = [
    lines({
      ...{ title: 'Failed connections to pods', unit: 'cps', width: 8 },
      says: 'After all retries: a client saw this.',
      asks: { [each]: rate('port', m.serviceFailedConnections) },
    }),
    lines({
      ...{ title: 'Retries', unit: 'cps', width: 8 },
      says: 'A pod refused or was silent; the client waited a little longer.',
      asks: { [each]: rate('port', m.serviceRetries) },
    }),
    lines({
      ...{ title: 'Redispatches', unit: 'cps', width: 8 },
      says: 'Another pod took it instead.',
      asks: { [each]: rate('port', m.serviceRedispatches) },
    }),
  ];
  return { title: 'Pods', panels };
}

function requests(): Section {
  const each = 'port {{port}}';
  const asked = rate('port', m.serviceRequests);
  const panels = [
    lines({
      ...{ title: 'Requests', unit: 'reqps' },
      says: 'A second.',
      asks: { [each]: asked },
    }),
    lines({
      ...{ title: 'Server errors', unit: 'percentunit' },
      says: 'Answers of 500 to 599, of the pods or for them, of all requests.',
      asks: { [each]: `${rate('port', m.serviceServerErrors)} / (${asked} > 0)` },
    }),
    lines({
      ...{ title: 'Response time', unit: 's' },
      says: 'Mean of the last 1,024 answers, on the node where it is longest.',
      asks: { [each]: `max by (port) (${m.serviceResponseSeconds}${chosen})` },
    }),
    lines({
      ...{ title: 'Denied requests', unit: 'reqps' },
      says: 'Refused by a limit of the Service.',
      asks: { [each]: rate('port', m.serviceDeniedRequests) },
    }),
  ];
  return { title: 'Requests, in HTTP mode', panels };
}

/** What nftables counts: it has no open flows, and no answers. */
function flows(): Section {
  const each = '{{port}}/{{protocol}}';
  const panels = [
    lines({
      ...{ title: 'New flows', unit: 'cps', width: 6 },
      says: 'A second, sent to a pod: a flow is one address and port of a client.',
      asks: { [each]: rate('port, protocol', m.serviceFlows) },
    }),
    lines({
      ...{ title: 'Packets of clients', unit: 'pps', width: 6 },
      says: 'A second, let in.',
      asks: { [each]: rate('port, protocol', m.serviceFlowPackets) },
    }),
    lines({
      ...{ title: 'Bytes of clients', unit: 'Bps', width: 6 },
      says: 'A second, with headers.',
      asks: { [each]: rate('port, protocol', m.serviceFlowBytes) },
    }),
    lines({
      ...{ title: 'Denied packets', unit: 'pps', width: 6 },
      says: 'Source ranges, nobody to serve.',
      asks: { [each]: rate('port, protocol', m.serviceDeniedPackets) },
    }),
  ];
  return { title: 'UDP and SCTP', panels };
}

/** Only where the servers' own figures are scraped: monitoring/README.md. */
function eachServer(): Section {
  const each = '{{server}}';
  const panels = [
    lines({
      ...{ title: 'Up', width: 8 },
      says: 'As the node sees it that sees the fewest.',
      asks: { [each]: `min by (server) (${m.serverUp}${chosen})` },
    }),
    lines({
      ...{ title: 'Open connections', width: 8, isStacked: true },
      says: 'Over all nodes; waiting ones apart.',
      asks: {
        [each]: sum('server', m.serverOpenConnections),
        [`${each} waiting`]: `${sum('server', m.serverQueuedConnections)} > 0`,
      },
    }),
    lines({
      ...{ title: 'New connections', unit: 'cps', width: 8 },
      says: 'In HTTP mode requests.',
      asks: { [each]: rate('server', m.serverConnections) },
    }),
    lines({
      ...{ title: 'Bytes', unit: 'Bps', width: 8 },
      says: 'A second.',
      asks: {
        [`to ${each}`]: rate('server', m.serverReceivedBytes),
        [`from ${each}`]: rate('server', m.serverSentBytes),
      },
    }),
    lines({
      ...{ title: 'Failures', unit: 'cps', width: 8 },
      says: 'Connections that could not be opened, answers of 500 and above, failed checks.',
      asks: {
        [`${each} connections`]: `${rate('server', m.serverFailedConnections)} > 0`,
        [`${each} answers`]: `${rate('server', m.serverErrors)} > 0`,
        [`${each} checks`]: `${rate('server', m.serverFailedChecks)} > 0`,
      },
    }),
    lines({
      ...{ title: 'Time to an answer', unit: 's', width: 8 },
      says: 'In HTTP mode, mean of the last 1,024, of the slowest node.',
      asks: { [each]: `max by (server) (${m.serverResponseSeconds}${chosen})` },
    }),
  ];
  return { title: 'Each server (where /metrics/servers is scraped)', panels };
}
