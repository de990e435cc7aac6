/** deploy/install.yaml on a real API server, as `kubectl apply` would put it there. */
import assert from 'node:assert/strict';
import { collectionPath, type Manifest, readManifests } from './manifests.ts';
import type { ApiAnswer, ApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

/** Everything that an installation consists of, in the order of the file. */
export const installed: readonly Manifest[] = readManifests('deploy/install.yaml');

/** The path of Fairlead's own API group. */
export const base = '/apis/fairlead.dev/v1alpha1';

export const accounts = {
  controller: 'system:serviceaccount:fairlead-system:fairlead-controller',
  agent: 'system:serviceaccount:fairlead-nodes:fairlead-agent',
  pool: 'system:serviceaccount:fairlead-nodes:fairlead-pool',
} as const;

/** Creates everything, and waits until the CRDs are served and the policy on pods is in force. */
export async function installFairlead(api: ApiServer): Promise<void> {
  const namespacesFirst = installed.toSorted(
    (a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'),
  );
  for (const manifest of namespacesFirst) await createStrictly(api, manifest);
  for (const plural of ['vippools', 'vippolicies', 'vips', 'vrrpinstances', 'vipnodes']) {
    const isServed = async () => (await api.call('GET', `${base}/${plural}`)).status === 200;
    await waitUntil(`${plural} are served`, isServed);
  }
  await waitUntil('the policy on pods is in force', async () => {
    const pod = anAgentPod({ serviceAccountName: 'default' });
    return (await createPod(api, pod, true)).status === 422;
  });
}

async function createStrictly(api: ApiServer, manifest: Manifest): Promise<void> {
  const path = `${collectionPath(manifest)}?fieldValidation=Strict`;
  const answer = await api.call('POST', path, manifest);
  const what = `${manifest.kind} ${manifest.metadata.name}`;
  assert.equal(answer.status, 201, `${what}: ${JSON.stringify(answer.body)}`);
}

export type PodSpec = Readonly<Record<string, unknown>>;

/** The pod template of a workload of the installation. */
export function templateOf(kind: string, name: string): PodSpec {
  const found = installed.find((m) => m.kind === kind && m.metadata.name === name);
  assert.ok(found !== undefined, `${kind} ${name}`);
  return (found['spec'] as { template: { spec: PodSpec } }).template.spec;
}

/** The agent's pod with some fields of its spec, or of its one container, replaced. */
export function anAgentPod(
  spec: PodSpec,
  container: PodSpec = {},
  name: string = 'agent-n1',
): Manifest {
  const template = templateOf('DaemonSet', 'fairlead-agent');
  const [first] = template['containers'] as PodSpec[];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'fairlead-nodes' },
    spec: { ...template, nodeName: 'n1', containers: [{ ...first, ...container }], ...spec },
  };
}

export function createPod(api: ApiServer, pod: Manifest, dryRun: boolean): Promise<ApiAnswer> {
  return api.call('POST', `${collectionPath(pod)}${dryRun ? '?dryRun=All' : ''}`, pod);
}

/**
 * A token as kubelet fetches it for an agent's pod: bound to the pod, with the node's name in it.
 */
export async function agentTokenOn(api: ApiServer, node: string): Promise<string> {
  const pod = await createPod(api, anAgentPod({ nodeName: node }, {}, `agent-${node}`), false);
  assert.equal(pod.status, 201, JSON.stringify(pod.body));
  const { name, uid } = pod.body['metadata'] as { name: string; uid: string };
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid };
  return tokenFor(api, accounts.agent, { boundObjectRef });
}

/** A token of a ServiceAccount, as TokenRequest gives it. */
export async function tokenFor(
  api: ApiServer,
  account: string,
  more: { readonly boundObjectRef?: unknown } = {},
): Promise<string> {
  const [, , namespace, name] = account.split(':');
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const answer = await api.call('POST', path, { spec: { expirationSeconds: 3600, ...more } });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return (answer.body['status'] as { token: string }).token;
}
