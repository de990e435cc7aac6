import { inParallel } from '../../src/loop/in-parallel.ts';
import type { ApiServer } from '../../test/api/server.ts';

/** Ten teams, each with a namespace and a pool of its own. */
export const teams = Array.from({ length: 10 }, (_, index) => `team-${index}`);

export const nodes = Array.from({ length: 5 }, (_, index) => `node-${index + 1}`);

const endpointCount = 50_000;
const endpointsPerSlice = 100;

const fairlead = '/apis/fairlead.dev/v1alpha1';

/** Nodes, namespaces and pools; no Service yet. */
export async function populate(api: ApiServer): Promise<void> {
  await inParallel(nodes, (name) => post(api, '/api/v1/nodes', { metadata: { name } }));
  await inParallel(teams, (name) => post(api, '/api/v1/namespaces', { metadata: { name } }));
  await inParallel([...teams.keys()], (index) => post(api, `${fairlead}/vippools`, pool(index)));
}

/** 2,048 addresses for the namespace of the same number. */
function pool(index: number): object {
  const matchLabels = { 'kubernetes.io/metadata.name': teams[index] };
  const addresses = [`10.40.${index * 8}.0-10.40.${index * 8 + 7}.255`];
  return {
    apiVersion: 'fairlead.dev/v1alpha1',
    kind: 'VipPool',
    metadata: { name: `pool-${index}` },
    spec: { addresses, namespaceSelector: { matchLabels } },
  };
}

/** Services spread evenly over the teams, and the endpoints of the first of them. */
export async function createServices(api: ApiServer, count: number): Promise<void> {
  const indexes = [...Array(count).keys()];
  await inParallel(indexes, (index) => createService(api, `service-${index}`, index));
  const slices = [...Array(endpointCount / endpointsPerSlice).keys()];
  await inParallel(slices, (index) => createSlice(api, index));
}

/** One Service of the team that this number falls to. */
export async function createService(api: ApiServer, name: string, index: number): Promise<boolean> {
  const spec = {
    type: 'LoadBalancer',
    loadBalancerClass: 'fairlead.dev/vip',
    allocateLoadBalancerNodePorts: false,
    ports: [{ name: 'http', port: 80, targetPort: 8080 }],
  };
  return post(api, `/api/v1/namespaces/${teamOf(index)}/services`, { metadata: { name }, spec });
}

/** The namespace of the Service with this number. */
export function teamOf(index: number): string {
  return teams[index % teams.length] ?? '';
}

function createSlice(api: ApiServer, index: number): Promise<boolean> {
  const name = `service-${index}`;
  const labels = { 'kubernetes.io/service-name': name };
  const endpoints = Array.from({ length: endpointsPerSlice }, (_, at) => ({
    addresses: [`10.244.${index % 256}.${at + 1}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: nodes[at % nodes.length],
  }));
  return post(api, `/apis/discovery.k8s.io/v1/namespaces/${teamOf(index)}/endpointslices`, {
    metadata: { name, labels },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints,
  });
}

async function post(api: ApiServer, path: string, body: object): Promise<boolean> {
  const { status, body: answer } = await api.call('POST', path, body);
  if (status !== 201) throw new Error(`POST ${path}: ${status} ${JSON.stringify(answer)}`);
  return true;
}
