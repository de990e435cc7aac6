/** `top` through the API server's proxy, and the rights it takes. The agent's pod is made up. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before } from 'node:test';
import type { TopReport } from '../../src/explain/top-report.ts';
import { boundedTest as test } from './bounded-test.ts';
import { cli } from './cli-run.ts';
import { type Cluster, startCluster } from './controller-fixture.ts';
import type { Manifest } from './manifests.ts';

const namespace = 'fairlead-nodes';
const pods = `/api/v1/namespaces/${namespace}/pods`;

let cluster: Cluster;
let agent: Server;
let asked = 0;

// The API server proxies to no loopback: the made-up agent listens on an address of this machine.
const own = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

before(async () => {
  assert.ok(own, 'this machine has an address beside its loopback');
  cluster = await startCluster({ users: { seer: { name: 'seer' }, viewer: { name: 'viewer' } } });
  agent = createServer((_request, response) => {
    asked += 1;
    const labels = 'pool="edge",namespace="shop",service="web",port="80"';
    response.end(`fairlead_service_connections_total{${labels}} ${asked * 1_000}\n`);
  });
  await new Promise<void>((resolve) => agent.listen(0, own, resolve));
  await bind({ kind: 'Role', name: 'fairlead-traffic-viewer' }, 'seer');
  await bind({ kind: 'ClusterRole', name: 'fairlead-viewer' }, 'viewer');
});
after(async () => {
  agent?.close();
  await cluster?.stop();
});

type Role = { readonly kind: 'Role' | 'ClusterRole'; readonly name: string };

async function bind(role: Role, user: string): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  await cluster.create({
    apiVersion: `${apiGroup}/v1`,
    kind: `${role.kind}Binding`,
    metadata: { name: `test-${user}`, ...(role.kind === 'Role' && { namespace }) },
    roleRef: { apiGroup, ...role },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  });
}

// What the admission policy of the namespace wants of every pod.
const image = 'fairlead.local/fairlead:0.1.0';
const securityContext = {
  ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
  capabilities: { drop: ['ALL'] },
};

/** A pod as the kubelet of node n1 would have it. */
async function anAgentPod(): Promise<void> {
  const { port } = agent.address() as AddressInfo;
  const args = ['agent', `--http-address=:${port}`];
  const ports = [{ name: 'http', containerPort: port }];
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name: 'fairlead-agent-made-up', namespace },
      labels: { 'app.kubernetes.io/name': 'fairlead', 'app.kubernetes.io/component': 'agent' },
    } as Manifest['metadata'],
    spec: {
      ...{ nodeName: 'n1', serviceAccountName: 'fairlead-agent' },
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'agent', image, args, ports, securityContext }],
    },
  });
  const status = { phase: 'Running', podIP: own, podIPs: [{ ip: own }] };
  await cluster.patch(`${pods}/fairlead-agent-made-up/status`, { status });
}

const top = (words: string, role: string) =>
  cli(cluster.api, ['top', ...words.split(' ').filter(Boolean)], { role });

test('where no agent runs, that is said', async () => {
  const { status, out, err } = await top('', 'seer');
  assert.deepEqual([status, out], [3, '']);
  assert.match(err, /no agent runs in namespace fairlead-nodes; name .* by --nodes-namespace/);
});

test('the figures of an agent that is open, with the Role’s rights', async () => {
  await anAgentPod();
  const { status, out, err, json } = await top('--seconds 1 -o json', 'seer');
  assert.deepEqual([status, err], [0, ''], out);
  const [row] = (json() as unknown as TopReport).rows;
  assert.equal(row?.name, 'shop/web');
  assert.ok((row?.connectionsPerSecond ?? 0) > 100, out);
  assert.match((await top('--seconds 1', 'seer')).out, /^SERVICE +OPEN .*\nshop\/web +0 /);
});

test('who may not ask agents is told which Role allows it', async () => {
  const { status, out, err } = await top('--seconds 1', 'viewer');
  assert.deepEqual([status, out], [3, '']);
  assert.match(
    err,
    /you may not list pods in namespace fairlead-nodes; Role fairlead-traffic-view/,
  );
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }];
  await cluster.create({
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' },
    ...{ metadata: { name: 'lister', namespace }, rules },
  });
  await bind({ kind: 'Role', name: 'lister' }, 'viewer');
  const lister = await top('--seconds 1', 'viewer');
  assert.deepEqual([lister.status, lister.out], [3, '']);
  assert.match(lister.err, /you may not get pods\/proxy in namespace fairlead-nodes; Role/);
});

test('an agent that does not answer is said, and status 1', async () => {
  await new Promise((resolve) => agent.close(resolve));
  agent.closeAllConnections();
  const { status, out } = await top('--seconds 1', 'seer');
  assert.equal(status, 1);
  assert.match(out, /^no traffic is counted here\nnot shown: the agent of node n1: GET /);
});
