import { inParallel } from '../../src/loop/in-parallel.ts';
import { frontendName } from '../../src/tables/frontend-name.ts';
import type { ApiServer } from '../../test/api/server.ts';
import type { RigNode } from '../../test/dataplane/rig.ts';

/** What a node is to serve: Services, each with so many endpoints. */
export type Population = { readonly services: number; readonly endpoints: number };

export const podPort = 8080;
const servicePort = 80;
const pool = 'edge';
const segment = '10.99.0.0-24';
const fairlead = '/apis/fairlead.dev/v1alpha1';

/** The first Services are those whose changes are timed (changes.ts). */
export const timedServices = 5;

/**
 * Servers of all other Services are checked so seldom. At the default of one second ten thousand of
 * them take half a core of HAProxy's and as much of the kernel's, and two cores would measure that.
 */
const checkSecondsOfOthers = 10;

/**
 * As many as a pool of three nodes has. The node runs the first and so holds a third of the VIPs;
 * of the others it is about to become a member, for which HAProxy binds their VIPs already.
 */
const instances = [
  { vrid: 51, state: 'Member' },
  { vrid: 52, state: 'Joining' },
  { vrid: 53, state: 'Joining' },
];

/** Endpoints lie in 10.128.0.0/9, which the servers' node answers for; VIPs in 10.40.0.0/16. */
export const podNetwork = '10.128.0.0/9';

/**
 * A pool, its Services and their EndpointSlices, with the Vips and VrrpInstances that a controller
 * would have written: each VIP held by one Service.
 */
export async function populate(api: ApiServer, node: RigNode, of: Population): Promise<void> {
  const since = '2026-01-01T00:00:00Z';
  await post(api, '/api/v1/nodes', { metadata: { name: node.name } });
  await post(api, `${fairlead}/vippools`, {
    ...ownKind('VipPool'),
    metadata: { name: pool },
    spec: { addresses: ['10.40.0.0-10.40.255.255'] },
  });
  for (const { vrid, state } of instances) {
    const member = { node: node.name, address: node.address, interface: 'eth0', rank: 0 };
    await post(api, `${fairlead}/vrrpinstances`, {
      ...ownKind('VrrpInstance'),
      metadata: { name: `${segment}.${vrid}` },
      spec: {
        ...{ segment, vrid, pool, anchor: `169.254.77.${vrid}`, advertIntervalMilliseconds: 100 },
        members: [{ ...member, state, sinceGeneration: 1, since }],
      },
    });
  }
  const indexes = [...Array(of.services).keys()];
  await inParallel(indexes, (index) => addService(api, index, of));
}

/** One more Service with its slice and its Vip. */
export async function addService(
  api: ApiServer,
  index: number,
  { endpoints }: Population,
): Promise<boolean> {
  const name = serviceName(index);
  const service = await post(api, '/api/v1/namespaces/default/services', {
    metadata: { name, ...(index < timedServices ? {} : seldomChecked) },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'fairlead.dev/vip',
      allocateLoadBalancerNodePorts: false,
      ports: [{ name: 'http', port: servicePort, targetPort: podPort }],
    },
  });
  await post(api, slicesPath, {
    metadata: { name, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: podPort }],
    ...endpointsOf(index, { endpoints, change: 0 }),
  });
  const { uid } = service['metadata'] as { uid: string };
  const ports = [{ protocol: 'TCP', port: servicePort }];
  await post(api, `${fairlead}/vips`, {
    ...ownKind('Vip'),
    metadata: { name: vip(index) },
    spec: {
      ...{ address: vip(index), pool, instance: instanceOf(index) },
      ...{ phase: 'Held', phaseSince: '2026-01-01T00:00:00Z' },
      holders: [{ namespace: 'default', name, uid, retainSeconds: 0, ports }],
    },
  });
  return true;
}

const seldomChecked = {
  annotations: { 'fairlead.dev/health-check-interval-seconds': `${checkSecondsOfOthers}` },
};

/** Replaces the last endpoint of a Service: one server goes and one comes. */
export async function changeEndpoint(
  api: ApiServer,
  index: number,
  of: { readonly endpoints: number; readonly change: number },
): Promise<void> {
  const path = `${slicesPath}/${serviceName(index)}`;
  const { status, body } = await api.call('PATCH', path, endpointsOf(index, of));
  if (status !== 200) throw new Error(`PATCH ${path}: ${status} ${JSON.stringify(body)}`);
}

/** HAProxy's name of the server that the last change brought. */
export function changedServer(
  index: number,
  of: { readonly endpoints: number; readonly change: number },
): string {
  const address = addressesOf(index, of).at(-1) ?? '';
  return `${address.replaceAll('.', '-')}_${podPort}`;
}

/** HAProxy's name of a Service's frontend and backend. */
export function backendOf(index: number): string {
  const service = serviceName(index);
  return frontendName({ namespace: 'default', service, port: servicePort, vip: vip(index) });
}

const slicesPath = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';

function serviceName(index: number): string {
  return `service-${index}`;
}

function vip(index: number): string {
  return `10.40.${index >> 8}.${index & 0xff}`;
}

function instanceOf(index: number): string {
  return `${segment}.${instances[index % instances.length]?.vrid}`;
}

function endpointsOf(index: number, of: { endpoints: number; change: number }): object {
  const conditions = { ready: true, serving: true, terminating: false };
  const endpoints = addressesOf(index, of).map((address) => ({ addresses: [address], conditions }));
  return { endpoints };
}

/** No address stands for two endpoints, before and after a change. */
function addressesOf(
  index: number,
  { endpoints, change }: { endpoints: number; change: number },
): string[] {
  const first = index * (endpoints + 1);
  const numbers = Array.from({ length: endpoints - 1 }, (_, at) => first + at);
  return [...numbers, first + endpoints - 1 + (change % 2)].map((number) => {
    return `10.${128 + (number >> 16)}.${(number >> 8) & 0xff}.${number & 0xff}`;
  });
}

function ownKind(kind: string): object {
  return { apiVersion: 'fairlead.dev/v1alpha1', kind };
}

async function post(
  api: ApiServer,
  path: string,
  body: object,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await api.call('POST', path, body);
  if (answer.status === 201) return answer.body;
  throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}
