import { type Line, type Paint, pageText, plainPaint } from '../../src/explain/page.ts';
import type { Picture } from '../../src/explain/picture.ts';
import { planReport } from '../../src/explain/plan-report.ts';
import { planLines } from '../../src/explain/plan-text.ts';
import { poolReport } from '../../src/explain/pool-report.ts';
import { poolLines } from '../../src/explain/pool-text.ts';
import { serviceReport } from '../../src/explain/service-report.ts';
import { serviceLines } from '../../src/explain/service-text.ts';
import { settle } from '../../src/explain/settle.ts';
import { statusReport } from '../../src/explain/status-report.ts';
import { statusLines } from '../../src/explain/status-text.ts';
import { vipReport } from '../../src/explain/vip-report.ts';
import { vipLines } from '../../src/explain/vip-text.ts';
import type { ClusterSnapshot, EndpointSlice, Service } from '../../src/model/objects.ts';
import { parseAddress } from '../../src/net/parse-address.ts';
import { annotations, zoneLabel } from '../../src/tables/names.ts';
import { aNode, aPool, aService, aSnapshot, aVipNode } from '../build/cluster.ts';
import { aPicture, aSettledPicture, serviceOf, slicesOf } from '../build/picture.ts';

/** What a person types, and what is printed. */
export type ExplainedCase = { readonly command: string; readonly text: string };

const twoPools = [
  aPool('edge', ['10.40.0.8-10.40.0.11', '2001:db8:40::/64'], { spec: { maxRetainSeconds: 3600 } }),
  aPool('gold', ['10.40.1.0/30'], {
    spec: { priority: 1, namespaceSelector: { matchLabels: { tier: 'gold' } } },
  }),
  aPool('spare', ['10.40.2.0/24'], { spec: { assignment: 'OnRequest' } }),
];

const web = aService('shop/web', { ageSeconds: 500, families: ['IPv4', 'IPv6'] });
const api = aService('shop/api', {
  ageSeconds: 400,
  annotations: { [annotations.sharingKey]: 'k' },
});
const grpc = aService('shop/grpc', {
  ageSeconds: 300,
  annotations: { [annotations.sharingKey]: 'k' },
  spec: { ports: [{ name: '', protocol: 'TCP', port: 9000 }] },
});

/** Only five networks may connect, all of one family. */
function guarded(): Picture {
  const loadBalancerSourceRanges = [1, 2, 3, 4, 5].map((n) => `192.0.2.${n}/32`);
  const families = ['IPv4', 'IPv6'];
  return aSettledPicture(
    aCluster([aService('shop/web', { families, spec: { loadBalancerSourceRanges } })]),
  );
}

const threePorts = ['TCP', 'UDP', 'SCTP'].map((protocol) => {
  return { name: protocol.toLowerCase(), protocol, port: 3868 };
});

/** One node cannot serve one of the protocols. */
function lacking(): Picture {
  const spec = { ports: threePorts, externalTrafficPolicy: 'Local' };
  const cluster = aCluster([aService('shop/diameter', { spec })]);
  const vipNodes = cluster.vipNodes.map((each) =>
    each.name === 'node-2' ? { ...each, unsupportedProtocols: ['SCTP' as const] } : each,
  );
  return aSettledPicture({ ...cluster, vipNodes });
}

/** Three nodes on which the daemons of every pool run. */
function aCluster(services: readonly Service[]): ClusterSnapshot {
  const pools = twoPools.map(({ name }) => ({ name, ready: true }));
  const vipNodes = [1, 2, 3].map((index) => aVipNode(index, { pools }));
  return aSnapshot({ pools: twoPools, services, vipNodes });
}

const well = aSettledPicture(aCluster([web, api, grpc]));

export const explainedCases: Readonly<Record<string, () => ExplainedCase>> = {
  'status-well': () => status(well, 'status'),
  'status-wide': () => ({ ...status(well, 'status -o wide', 'wide') }),
  'status-troubles': () => status(troubles(), 'status'),
  'status-without-controller': () => status(withoutController(), 'status'),
  'service-served': () => service(well, 'shop/web', ['10.244.1.5', '10.244.2.7', 'fd00:10:244::5']),
  'service-without-endpoints': () => service(well, 'shop/api', []),
  'service-with-source-ranges': () =>
    service(guarded(), 'shop/web', ['10.244.1.5', 'fd00:10:244::5']),
  'service-near-and-far': nearAndFar,
  'service-with-canary': () => sharing(['10.244.3.9']),
  'service-without-canary': () => sharing([]),
  'service-on-backup': () => standingIn(),
  'service-of-three-protocols': () =>
    service(lacking(), 'shop/diameter', slicesOf('shop/diameter', ['10.244.1.5'], threePorts)),
  'service-waiting': () => service(full(), 'shop/late', []),
  'service-requests-a-taken-address': () => service(taken(), 'blog/wish', []),
  'service-of-another-class': () => service(foreign(), 'shop/other', []),
  'service-hostile': () => service(hostile(), 'shop/evil', ['127.0.0.1']),
  'vip-held': () => vip(well, '10.40.0.8'),
  'vip-free': () => vip(well, '10.40.1.2'),
  'vip-outside': () => vip(well, '192.0.2.1'),
  'vip-quarantined': () => vip(troubles(), '10.40.0.9'),
  'pool-well': () => pool(well, 'edge'),
  'pool-with-rules': () => pool(ruled(), 'edge'),
  'plan-narrowed': () =>
    plan('plan -f narrowed.yaml', ['10.40.0.9-10.40.0.12', '2001:db8:40::/64']),
  'plan-widened': () => plan('plan -f widened.yaml', ['10.40.0.8-10.40.0.20', '2001:db8:40::/64']),
};

function status(picture: Picture, command: string, extent: 'normal' | 'wide' = 'normal') {
  return { command, text: printed(statusLines(statusReport(picture, null), extent)) };
}

function service(
  picture: Picture,
  key: string,
  endpoints: readonly (string | EndpointSlice)[],
): ExplainedCase {
  const [namespace, name] = key.split('/');
  const addresses = endpoints.filter((one) => typeof one === 'string');
  const slices = endpoints.filter((one) => typeof one !== 'string');
  const all = [...slices, ...slicesOf(key, addresses)];
  const report = serviceReport(picture, serviceOf(picture.snapshot, key), all);
  return {
    command: `explain service/${name} -n ${namespace}`,
    text: printed(serviceLines(report)),
  };
}

function vip(picture: Picture, text: string): ExplainedCase {
  const address = parseAddress(text);
  if (!address.ok) throw new Error(text);
  return {
    command: `explain vip/${text}`,
    text: printed(vipLines(vipReport(picture, address.value))),
  };
}

function pool(picture: Picture, name: string): ExplainedCase {
  const found = picture.snapshot.pools.find((each) => each.name === name);
  if (found === undefined) throw new Error(name);
  return {
    command: `explain pool/${name}`,
    text: printed(poolLines(poolReport(picture, found), 'normal')),
  };
}

function plan(command: string, addresses: readonly string[]): ExplainedCase {
  const live = full().snapshot;
  const edge = aPool('edge', addresses, { spec: { maxRetainSeconds: 3600 } });
  const edited = { ...live, pools: [edge, ...live.pools.filter(({ name }) => name !== 'edge')] };
  const report = planReport({ live, edited, pools: ['edge'], services: [], remarks: [] });
  return { command, text: printed(planLines(report)) };
}

function printed(lines: readonly Line[]): string {
  const paint: Paint = plainPaint;
  return pageText(lines, paint);
}

/** Of three pods one is in the zone of the node that answers; one is leaving. */
function nearAndFar(): ExplainedCase {
  const key = 'shop/near';
  const zones = ['east', 'west', 'west'];
  const nodes = zones.map((zone, index) =>
    aNode(index + 1, { metadata: { labels: { [zoneLabel]: zone } } }),
  );
  const cluster = { ...aCluster([aService(key)]), nodes };
  const slices = slicesOf(key, ['10.244.1.5', '10.244.2.7', '10.244.3.7', '10.244.3.9']);
  const hinted = slices.map((slice) => ({
    ...slice,
    endpoints: slice.endpoints.map((endpoint, index) =>
      index < 3
        ? { ...endpoint, zones: [zones[index] ?? ''] }
        : { ...endpoint, ready: false, terminating: true },
    ),
  }));
  return service(aSettledPicture(cluster), key, hinted);
}

/** A tenth goes to another Service, if that has pods; a third one stands by. */
function sharing(next: readonly string[]): ExplainedCase {
  const key = 'shop/shared';
  const annotations = {
    'fairlead.dev/canary-service': 'shared-next',
    'fairlead.dev/canary-percent': '10',
    'fairlead.dev/backup-service': 'shared-closed',
  };
  const others = [
    ...slicesOf('shop/shared-next', next),
    ...slicesOf('shop/shared-closed', ['10.244.1.9']),
  ];
  const cluster = aCluster([aService(key, { annotations })]);
  const otherServices =
    next.length > 0
      ? []
      : [{ service: key, other: 'shared-next', why: 'it has no ready endpoint of IPv4' }];
  const vipNodes = cluster.vipNodes.map((vipNode) => ({ ...vipNode, otherServices }));
  const picture = aSettledPicture({ ...cluster, vipNodes });
  return service(picture, key, ['10.244.1.5', '10.244.2.7', ...others]);
}

/** No pod of its own is left. */
function standingIn(): ExplainedCase {
  const annotations = {
    'fairlead.dev/backup-service': 'closed',
    'fairlead.dev/canary-percent': '5',
  };
  const picture = aSettledPicture(aCluster([aService('shop/gone', { annotations })]));
  return service(picture, 'shop/gone', slicesOf('shop/closed', ['10.244.1.9']));
}

/** More Services than addresses. */
function full(): Picture {
  const more = ['shop/b', 'shop/c', 'shop/late'].map((key, index) =>
    aService(key, { ageSeconds: 200 - index }),
  );
  return aSettledPicture(aCluster([web, api, ...more]));
}

/** One asks for what another namespace has. */
function taken(): Picture {
  const wish = aService('blog/wish', { annotations: { [annotations.addresses]: '10.40.0.8' } });
  return aSettledPicture(aCluster([web, wish]));
}

function foreign(): Picture {
  const other = aService('shop/other', { spec: { loadBalancerClass: 'example.com/other' } });
  return aSettledPicture(aCluster([other]));
}

/** What its author wrote would clear the screen and turn the text around. */
function hostile(): Picture {
  const evil = aService('shop/evil', {
    annotations: {
      [annotations.addresses]: '\x1b[2J\u202e10.40.0.9',
      'fairlead.dev/\x1b]0;owned\x07': 'x',
    },
  });
  return aSettledPicture(aCluster([evil]));
}

/** Reservations, a quota, a selector, an overlap. */
function ruled(): Picture {
  const spec = {
    namespaceSelector: {
      matchExpressions: [
        { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop', 'blog'] },
      ],
    },
    quotas: [{ namespaceSelector: {}, maxAddresses: 2 }],
    reservations: [
      { addresses: ['10.40.0.8'], namespace: 'blog', serviceName: 'front' },
      { addresses: ['10.40.0.15'] },
    ],
  };
  const older = aPool('older', ['10.40.0.14/31'], { ageSeconds: 2000 });
  const before = settle(aSnapshot({ pools: [aPool('edge', ['10.40.0.8/29'])], services: [api] }));
  const pools = [older, aPool('edge', ['10.40.0.8/29'], { spec })];
  const more = ['shop/b', 'shop/c'].map((key) => aService(key));
  const services = [...before.snapshot.services, ...more];
  return aSettledPicture({ ...before.snapshot, pools, services });
}

/** A dead node, an address it may still serve, a stranded one, a port conflict, one that waits. */
function troubles(): Picture {
  const { snapshot } = full();
  const nowMs = snapshot.nowMs + 600_000;
  const leases = snapshot.leases.map(({ node }) => ({
    node,
    seenMs: node === 'node-3' ? snapshot.nowMs : nowMs - 4_000,
  }));
  const quarantined: ClusterSnapshot['vips'] = snapshot.vips.map((each) =>
    each.name === '10.40.0.9'
      ? { ...each, phase: 'Quarantined', awaitedNodes: ['node-3'], finalizers: [] }
      : each,
  );
  const narrowed = aPool('edge', ['10.40.0.9-10.40.0.11', '2001:db8:40::/64']);
  const pools = snapshot.pools.map((each) => (each.name === 'edge' ? narrowed : each));
  const vipNodes = snapshot.vipNodes.map((vipNode) =>
    vipNode.name === 'node-1' ? { ...vipNode, ...conflicting() } : vipNode,
  );
  const services = snapshot.services.filter(({ name }) => name !== 'api');
  return aPicture({ ...snapshot, nowMs, leases, vips: quarantined, pools, vipNodes, services });
}

function conflicting() {
  const conflict = { pool: 'edge', address: '10.40.0.8', port: 80, service: 'shop/web' };
  const { portConflicts, conditions } = aVipNode(1, {
    portConflicts: [conflict],
    conditions: [
      {
        ...{ type: 'Ready', status: 'False', reason: 'DataPlaneNotReady' },
        message: 'edge: HAProxy does not answer',
      },
    ],
  });
  return { portConflicts, conditions };
}

function withoutController(): Picture {
  const { snapshot } = well;
  const lease = {
    name: 'fairlead-system/fairlead-controller',
    holder: 'controller-1',
    renewedMs: snapshot.nowMs - 400_000,
    leaseMs: 15_000,
  };
  const services = [...snapshot.services, aService('shop/new', { metadata: { finalizers: [] } })];
  const sentence = 'you may not list nodes of the cluster; ClusterRole fairlead-viewer allows it';
  const unread = [{ kind: 'nodes' as const, sentence }];
  return aPicture({ ...snapshot, services }, { lease, unread });
}
