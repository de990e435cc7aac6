/**
 * deploy/install.yaml on a real API server: it is accepted, its rights are enough and no more, its
 * Pod Security levels hold, and its admission policies keep agents and the nodes' namespace apart.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parsePool } from '../../src/model/parse-pool.ts';
import { poolDaemonSet } from '../../src/status/pool-daemonset.ts';
import { apiCall } from './api-call.ts';
import {
  accounts,
  agentTokenOn,
  anAgentPod,
  base,
  createPod as createPodOn,
  installFairlead,
  type PodSpec,
  templateOf,
  tokenFor,
} from './installed.ts';
import type { Manifest } from './manifests.ts';
import { type ApiAnswer, type ApiServer, startApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

const { agent, controller } = accounts;
let api: ApiServer;
let agentToken: string;

before(async () => {
  api = await startApiServer();
  await installFairlead(api);
  await api.call('POST', '/api/v1/nodes', aNode('n1'));
  agentToken = await agentTokenOn(api, 'n1');
  await waitUntil('the policy on VipNodes is in force', async () => {
    return (await asAgent('POST', '', { ...aVipNode('n9') })).status === 403;
  });
});
after(() => api?.stop());

const aNode = (name: string): unknown => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
const aVipNode = (name: string): Manifest => ({
  apiVersion: 'fairlead.dev/v1alpha1',
  kind: 'VipNode',
  metadata: { name },
});
const createPod = (pod: Manifest, dryRun: boolean): Promise<ApiAnswer> =>
  createPodOn(api, pod, dryRun);

function asAgent(method: string, path: string, body: unknown): Promise<ApiAnswer> {
  const contentType = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
  const call = { method, path: `${base}/vipnodes${path}`, body, contentType, token: agentToken };
  return apiCall(api, call);
}

test('an agent writes the VipNode of its own node', async () => {
  const created = await asAgent('POST', '', aVipNode('n1'));
  const report = { ...aVipNode('n1'), status: { heldInstances: 1 } };
  const path = '/n1/status?fieldManager=fairlead-agent&force=true';
  const written = await asAgent('PATCH', path, report);
  assert.equal(created.status, 201, JSON.stringify(created.body));
  assert.equal(written.status, 200, JSON.stringify(written.body));
});

test("an agent does not write another node's VipNode", async () => {
  await api.call('POST', `${base}/vipnodes`, aVipNode('n2'));
  const report = { ...aVipNode('n2'), status: { heldInstances: 1 } };
  const path = '/n2/status?fieldManager=fairlead-agent&force=true';
  const answer = await asAgent('PATCH', path, report);
  assert.equal(answer.status, 403, JSON.stringify(answer.body));
  assert.match(
    String(answer.body['message']),
    /only the VipNode of its own node: this token belongs to node "n1", the object is named "n2"/,
  );
});

test("an agent's token without a node name writes nothing", async () => {
  const token = await tokenFor(api, agent);
  const body = aVipNode('n3');
  const refused = await apiCall(api, { method: 'POST', path: `${base}/vipnodes`, body, token });
  assert.equal(refused.status, 403);
  assert.match(String(refused.body['message']), /belongs to node ""/);
});

type Attributes = Readonly<Record<string, string>>;

async function mayUser(user: string, attributes: Attributes): Promise<boolean> {
  const namespace = user.split(':')[2];
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  const spec = { user, groups, resourceAttributes: attributes };
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const answer = await api.call('POST', path, review);
  return (answer.body['status'] as { allowed: boolean }).allowed;
}

/** `verb,verb group/resource[/subresource][@namespace]`, as one line a person can read. */
function attributesOf(line: string): Attributes[] {
  const [verbs = '', what = ''] = line.split(' ');
  const [path = '', namespace] = what.split('@');
  const [group = '', resource = '', subresource] = path.split('/');
  const rest = {
    group: group === 'core' ? '' : group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  return verbs.split(',').map((verb) => ({ verb, ...rest }));
}

/** What is allowed, word by word, is compared with what is used in controller-rights.test.ts. */
const controllerMay = ['list,watch core/services', 'create fairlead.dev/vips'];
const controllerMayNot = [
  'get,list,watch core/secrets@shop',
  'get,list,watch discovery.k8s.io/endpointslices',
  'update,patch,delete core/services@shop',
  'create core/pods@fairlead-nodes',
  'create apps/daemonsets@fairlead-system',
  'update coordination.k8s.io/leases@kube-node-lease',
  'delete fairlead.dev/vippools',
  'create,update,patch,delete fairlead.dev/vipnodes',
  'patch fairlead.dev/vipnodes/status',
];
const agentMay = ['list,watch core/services', 'patch fairlead.dev/vipnodes/status'];
const agentMayNot = [
  'get,list,watch core/secrets@shop',
  'patch core/services/status@shop',
  'create,update,patch,delete fairlead.dev/vips',
  'patch fairlead.dev/vips/status',
  'delete fairlead.dev/vipnodes',
  'list,delete core/pods@fairlead-nodes',
];
const rights: readonly (readonly [string, boolean, readonly string[]])[] = [
  [controller, true, controllerMay],
  [controller, false, controllerMayNot],
  [agent, true, agentMay],
  [agent, false, agentMayNot],
  [accounts.pool, false, [...agentMay, ...controllerMay]],
];
for (const [user, allowed, lines] of rights) {
  test(`${user} ${allowed ? 'may do its work' : 'may do nothing else'} (P8, P9)`, async () => {
    for (const attributes of lines.flatMap(attributesOf)) {
      assert.equal(await mayUser(user, attributes), allowed, JSON.stringify(attributes));
    }
  });
}

test('the leader renews its own Lease and no other one', async () => {
  const lease = { group: 'coordination.k8s.io', resource: 'leases', namespace: 'fairlead-system' };
  for (const verb of ['get', 'update']) {
    assert.ok(await mayUser(controller, { ...lease, verb, name: 'fairlead-controller' }));
    assert.ok(!(await mayUser(controller, { ...lease, verb, name: 'other' })));
  }
});

test('the controller runs under the Pod Security level restricted (P1)', async () => {
  const template = templateOf('Deployment', 'fairlead-controller');
  const pod = (spec: PodSpec): Manifest => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'controller', namespace: 'fairlead-system' },
    spec,
  });
  const accepted = await createPod(pod(template), true);
  const refused = await createPod(pod({ ...template, hostNetwork: true }), true);
  assert.equal(accepted.status, 201, JSON.stringify(accepted.body));
  assert.match(String(refused.body['message']), /violates PodSecurity "restricted/);
});

const hostPath = (path: string): unknown => [{ name: 'run', hostPath: { path } }];
const own = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };
const powerless = { ...own, capabilities: { drop: ['ALL'] } };
const seccomp = { seccompProfile: { type: 'RuntimeDefault' } };
const sysctls = [{ name: 'kernel.shm_rmid_forced', value: '1' }];
function withProjected(...sources: readonly unknown[]): Manifest {
  const volumes = [{ name: 'p', projected: { sources } }];
  return anAgentPod({ volumes }, { volumeMounts: [] }, 'projected');
}
const badPods: readonly (readonly [string, Manifest, RegExp])[] = [
  ['another image', anAgentPod({}, { image: 'other/image:1' }), /runs only the image fairlead/],
  [
    'an image whose name only begins like ours',
    anAgentPod({}, { image: 'fairlead.local/fairlead-evil:1' }),
    /runs only the image/,
  ],
  ['another account', anAgentPod({ serviceAccountName: 'default' }), /fairlead-agent or fairlead/],
  ['a host path', anAgentPod({ volumes: hostPath('/etc') }, { volumeMounts: [] }), /no host path/],
  [
    'a host path that only begins like ours',
    anAgentPod({ volumes: hostPath('/run/fairlead-evil') }, { volumeMounts: [] }),
    /no host path outside/,
  ],
  [
    'a Secret',
    anAgentPod({ volumes: [{ name: 's', secret: { secretName: 's' } }] }, { volumeMounts: [] }),
    /nothing but hostPath, emptyDir and projected/,
  ],
  ['a projected Secret', withProjected({ secret: { name: 's' } }), /project nothing but a token/],
  [
    'a Secret in its environment',
    anAgentPod({}, { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }),
    /environment variables from nothing but/,
  ],
  [
    'a whole Secret in its environment',
    anAgentPod({}, { envFrom: [{ secretRef: { name: 's' } }] }),
    /environment variables from nothing but/,
  ],
  ['a sysctl', anAgentPod({ securityContext: { ...seccomp, sysctls } }), /must set no sysctl/],
  [
    'no seccomp profile',
    anAgentPod({ securityContext: { seccompProfile: { type: 'Unconfined' } } }),
    /must run with the seccomp profile RuntimeDefault/,
  ],
  [
    'a container without seccomp profile',
    anAgentPod({}, { securityContext: { ...powerless, seccompProfile: { type: 'Unconfined' } } }),
    /must run with the seccomp profile RuntimeDefault/,
  ],
  ["the node's processes", anAgentPod({ hostPID: true }), /must not share the node's process/],
  ['all capabilities', anAgentPod({}, { securityContext: own }), /must drop all capabilities/],
  [
    'a capability',
    anAgentPod(
      {},
      { securityContext: { ...own, capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } } },
    ),
    /must add no capability but/,
  ],
];
for (const [what, pod, sentence] of badPods) {
  test(`a pod with ${what} is refused in the namespace of the nodes`, async () => {
    const answer = await createPod(pod, true);
    assert.equal(answer.status, 422, JSON.stringify(answer.body));
    assert.match(String(answer.body['message']), sentence);
  });
}

test("pods as the controller makes them for a pool's nodes are accepted", async () => {
  const spec = { addresses: ['192.0.2.1'], nodeSelector: { edge: 'yes' } };
  const pool = parsePool({ metadata: { name: 'edge' }, spec });
  assert.ok(pool !== undefined);
  const image = 'fairlead.local/fairlead:1';
  const settings = { namespace: 'fairlead-nodes', image, imagePullPolicy: 'Never', defaults: {} };
  const set = poolDaemonSet(pool, settings, ['node-1', 'node-2']);
  const { template } = set.spec as { template: { spec: PodSpec } };
  const metadata = { name: 'pool-edge', namespace: 'fairlead-nodes' };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec };
  const answer = await createPod(pod, true);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
});

test('the volume that the API server adds to pods for their token is accepted', async () => {
  const items = [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }];
  const pod = withProjected(
    { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
    { configMap: { name: 'kube-root-ca.crt' } },
    { downwardAPI: { items } },
  );
  const answer = await createPod(pod, true);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
});
