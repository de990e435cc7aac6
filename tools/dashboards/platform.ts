import type { Dashboard } from './dashboard.ts';
import { metricNames as m } from './metric-names.ts';
import { lines, type Panel, type Section, stat } from './panel.ts';
import { processes } from './processes.ts';

/** For whoever runs Fairlead: what is wrong now, addresses, VRRP, data planes, the processes. */
export function platformDashboard(): Dashboard {
  return {
    uid: 'fairlead-platform',
    title: 'Fairlead / platform',
    says: 'Pools, VRRP instances, data planes and the processes of Fairlead.',
    variables: [
      {
        ...{ name: 'pool', title: 'VipPool', isMany: true },
        query: `label_values(${m.poolAddresses}, pool)`,
      },
    ],
    sections: [now(), addresses(), instances(), dataPlanes(), underneath(), traffic(), processes()],
  };
}

const ofPool = 'pool=~"$pool"';

function now(): Section {
  const panels = [
    stat({
      ...{ title: 'Controllers that lead', badBelow: 1, badFrom: 2 },
      says: 'Exactly one; for some seconds there may be none.',
      asks: { leaders: `sum(${m.leader})` },
    }),
    bad(
      'Agents not scraped',
      'Prometheus knows them and cannot reach them.',
      'up{job="fairlead-agent"} == 0',
    ),
    bad('Not synced', 'Agents and controllers that have not read the cluster.', `${m.synced} == 0`),
    bad(
      'Instances held by nobody',
      'Their VIPs do not answer.',
      `sum by (pool, instance) (${m.instanceHeld}{${ofPool}}) == 0`,
    ),
    bad(
      'Instances held twice',
      'Clients reach one holder or the other by chance.',
      `sum by (pool, instance) (${m.instanceHeld}{${ofPool}}) > 1`,
    ),
    bad('Data planes not ready', 'Of a pool, on a node.', `${m.poolReady}{${ofPool}} == 0`),
  ];
  return { title: 'Now', panels };
}

/** How many of them there are; none is 0 and not "no data". */
function bad(title: string, says: string, expr: string): Panel {
  return stat({ title, says, badFrom: 1, asks: { [title]: `count(${expr}) or vector(0)` } });
}

function addresses(): Section {
  // max: while the lead changes hands, two controllers say the same.
  const of = (use: string) => `max by (pool, family) (${m.poolAddresses}{${ofPool}, use="${use}"})`;
  const each = '{{pool}} {{family}}';
  const panels: Panel[] = [
    {
      ...{ kind: 'bargauge', title: 'Addresses in use', unit: 'percentunit', width: 6 },
      says: 'Of all addresses of the pool.',
      asks: { [each]: `${of('used')} / ${of('size')}` },
      ...{ badFrom: 0.9, max: 1 },
    },
    lines({
      title: 'Addresses used',
      says: 'By pool and family.',
      asks: { [each]: of('used') },
    }),
    lines({
      title: 'Addresses left',
      says: 'Free ones, and those that cool down, which are given away when nothing else is free.',
      asks: { [each]: `${of('free')} + ${of('cooling')}` },
    }),
    lines({
      ...{ title: 'Waiting Services', isStacked: true },
      says: 'By reason; docs/reference/reasons.md explains each.',
      asks: { '{{reason}}': `max by (reason) (${m.waitingServices})` },
    }),
  ];
  return { title: 'Addresses', panels };
}

function instances(): Section {
  const held = `${m.instanceHeld}{${ofPool}}`;
  const panels: Panel[] = [
    {
      ...{ kind: 'state-timeline', title: 'Who holds what', unit: 'none', width: 12 },
      says: 'A line for each instance and node that held it; two at one time are a split brain.',
      asks: { '{{instance}} {{node}}': `max by (instance, node) (${held}) == 1` },
    },
    lines({
      ...{ title: 'Instances held', isStacked: true },
      says: 'By node: how traffic is spread.',
      asks: { '{{node}}': `sum by (node) (${held})` },
    }),
    lines({
      title: 'Changes of the holder',
      says: 'In 15 minutes. Each ends the open connections of its VIPs.',
      asks: { '{{instance}}': `sum by (instance) (changes(${held}[15m])) / 2` },
    }),
  ];
  return { title: 'VRRP instances', panels };
}

function dataPlanes(): Section {
  const each = '{{pool}} {{node}}';
  const panels = [
    lines({
      title: 'Nodes that are ready',
      says: 'HAProxy answers with what is desired, and Keepalived runs.',
      asks: { '{{pool}}': `sum by (pool) (${m.poolReady}{${ofPool}})` },
    }),
    lines({
      ...{ title: 'Reloads of HAProxy', isStacked: true },
      says: 'In five minutes, over all nodes, by what changed. Endpoints need none.',
      asks: { '{{reason}}': `sum by (reason) (increase(${m.haproxyReloads}{${ofPool}}[5m]))` },
    }),
    lines({
      title: 'Left out',
      says: [
        'Services whose configuration was refused, frontends whose port somebody else has,',
        'ports of VIPs that something else than HAProxy answers.',
      ].join(' '),
      asks: {
        [`refused: ${each}`]: `max by (pool, node) (${m.configurationRefused}{${ofPool}}) > 0`,
        [`port taken: ${each}`]: `max by (pool, node) (${m.portConflicts}{${ofPool}}) > 0`,
        [`bypassed: ${each}`]: `max by (pool, node) (${m.vipsBypassed}{${ofPool}}) > 0`,
      },
    }),
    lines({
      ...{ title: 'Room for connections', unit: 'percentunit' },
      says: 'Open ones of those that HAProxy takes at most, by the memory of its container.',
      asks: {
        [each]: `max by (pool, node) (${m.haproxyConnections}{${ofPool}} / ${m.haproxyConnectionsMax})`,
      },
    }),
    lines({
      title: 'Threads of HAProxy',
      says: 'By the CPU limit of its container, else one a CPU.',
      asks: { [each]: `max by (pool, node) (${m.haproxyThreads}{${ofPool}})` },
    }),
    lines({
      title: 'Frontends served',
      says: 'Every node of a pool listens for all of its VIPs: the lines should be one.',
      asks: { [each]: `max by (pool, node) (${m.frontends}{${ofPool}})` },
    }),
  ];
  return { title: 'Data planes', panels: [...panels, certificates()] };
}

function certificates(): Panel {
  const left = `min by (namespace, secret) (${m.certificateExpiry}{${ofPool}}) - time()`;
  return {
    ...{ kind: 'bargauge', title: 'Certificates that end first', unit: 's', width: 24 },
    says: 'Time left, of ten Secrets. Red: less than two weeks.',
    asks: { '{{namespace}}/{{secret}}': `bottomk(10, ${left})` },
    badBelow: 14 * 86_400,
  };
}

function traffic(): Section {
  const rateBy = (labels: string, name: string) =>
    `sum by (${labels}) (rate(${name}{${ofPool}}[$__rate_interval]))`;
  const busiest = 'namespace, service';
  const panels = [
    lines({
      ...{ title: 'New connections', unit: 'cps', isStacked: true },
      says: 'A second, by the node that took them.',
      asks: { '{{node}}': rateBy('node', m.serviceConnections) },
    }),
    lines({
      ...{ title: 'Bytes', unit: 'Bps' },
      says: 'A second, from clients and to clients.',
      asks: {
        'from {{pool}}': rateBy('pool', m.serviceReceivedBytes),
        'to {{pool}}': rateBy('pool', m.serviceSentBytes),
      },
    }),
    lines({
      ...{ title: 'Busiest Services', unit: 'cps' },
      says: 'New connections a second; ten Services.',
      asks: { '{{namespace}}/{{service}}': `topk(10, ${rateBy(busiest, m.serviceConnections)})` },
    }),
    lines({
      ...{ title: 'Most failures', unit: 'cps' },
      says: 'Connections to pods a second that could not be opened; ten Services.',
      asks: {
        '{{namespace}}/{{service}}': `topk(10, ${rateBy(busiest, m.serviceFailedConnections)} > 0)`,
      },
    }),
  ];
  return { title: 'Traffic', panels };
}

/** What the data planes stand on, and what changes leave behind. */
function underneath(): Section {
  const each = '{{pool}} {{node}}';
  const panels = [
    lines({
      ...{ title: 'Room for file descriptors', unit: 'percentunit' },
      says: 'What HAProxy may need of what its container may have: above 1 it would not start.',
      asks: {
        [each]: `max by (pool, node) (${m.haproxyDescriptors}{${ofPool}} / ${m.haproxyDescriptorsMax})`,
      },
    }),
    lines({
      title: 'Kernel settings of the nodes',
      says: [
        'tcp_tw_reuse other than 1: source ports run out at some hundred connections a second to one pod.',
        'Backlogs cap how many clients may wait.',
      ].join(' '),
      asks: {
        'tcp_tw_reuse {{node}}': `max by (node) (${m.nodeTimeWaitReuse})`,
        'local ports {{node}}': `max by (node) (${m.nodeLocalPorts})`,
        'listen backlog {{node}}': `max by (node) (${m.nodeListenBacklog})`,
        'SYN backlog {{node}}': `max by (node) (${m.nodeSynBacklog})`,
      },
    }),
    lines({
      title: 'Old workers of HAProxy',
      says: 'What reloads have left behind, and what was cut when one came to its bound.',
      asks: {
        [`workers: ${each}`]: `max by (pool, node) (${m.oldWorkers}{${ofPool}}) > 0`,
        [`connections: ${each}`]: `max by (pool, node) (${m.oldConnections}{${ofPool}}) > 0`,
        [`cut: ${each}`]: `sum by (pool, node) (increase(${m.connectionsCut}{${ofPool}}[$__rate_interval])) > 0`,
      },
    }),
    lines({
      ...{ title: 'Age of the configuration', unit: 's' },
      says: 'Since a node’s daemons were last found to run what is desired.',
      asks: { [each]: `time() - max by (pool, node) (${m.configurationConfirmed}{${ofPool}})` },
    }),
    lines({
      title: 'Tries of VIPs',
      says: 'Who answered what the nodes tried; unknown: nobody did, as while a VIP moves.',
      asks: {
        '{{pool}} {{result}}': `sum by (pool, result) (rate(${m.vipTests}{${ofPool}}[$__rate_interval]))`,
      },
    }),
    lines({
      title: 'Packet filters put back',
      says: 'Somebody else had emptied the ruleset of the node; until then its VIPs had no guard.',
      asks: {
        [each]: `sum by (pool, node) (increase(${m.filterRestores}{${ofPool}}[$__rate_interval])) > 0`,
      },
    }),
  ];
  return { title: 'Under the data planes', panels };
}
