/**
 * deploy/install.yaml on a real API server: it is accepted, its rights are enough and no more, its
 * Pod Security levels hold, and its admission policies keep agents and the nodes' namespace apart.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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

const controllerMay = [
  'get,list,watch core/services',
  'get,list,watch core/namespaces',
  'get,list,watch core/nodes',
  'patch core/services/status@shop',
  'create,patch core/events@shop',
  'create,patch events.k8s.io/events@default',
  'get,list,watch,patch fairlead.dev/vippools',
  'get,list,watch,create,update,patch,delete fairlead.dev/vips',
  'get,list,watch,create,update,patch,delete fairlead.dev/vrrpinstances',
  'patch fairlead.dev/vippools/status',
  'patch fairlead.dev/vips/status',
  'patch fairlead.dev/vrrpinstances/status',
  'get,list,watch,create,delete fairlead.dev/vipnodes',
  'get,list,watch coordination.k8s.io/leases@kube-node-lease',
  'create coordination.k8s.io/leases@fairlead-system',
  'get,list,watch,create,patch,delete apps/daemonsets@fairlead-nodes',
  'get,list,watch,delete core/pods@fairlead-nodes',
];
const controllerMayNot = [
  'get,list,watch core/secrets@shop',
  'get,list,watch discovery.k8s.io/endpointslices',
  'update,patch,delete core/services@shop',
  'create core/pods@fairlead-nodes',
  'create apps/daemonsets@fairlead-system',
  'update coordination.k8s.io/leases@kube-node-lease',
  'delete fairlead.dev/vippools',
  'patch fairlead.dev/vipnodes/status',
];
const agentMay = [
  'get,list,watch core/services',
  'get,list,watch core/nodes',
  'get,list,watch discovery.k8s.io/endpointslices',
  'get,list,watch fairlead.dev/vippools',
  'get,list,watch fairlead.dev/vips',
  'get,list,watch fairlead.dev/vrrpinstances',
  'get,list,watch,create fairlead.dev/vipnodes',
  'patch,update fairlead.dev/vipnodes/status',
];
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
  const capabilities = { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW', 'SETUID', 'SETGID'] };
  const securityContext = { runAsUser: 0, ...own, capabilities };
  const spec = {
    serviceAccountName: 'fairlead-pool',
    volumes: hostPath('/run/fairlead/edge'),
    automountServiceAccountToken: false,
  };
  const answer = await createPod(
    anAgentPod(spec, { securityContext, volumeMounts: [] }, 'pool'),
    true,
  );
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
});
