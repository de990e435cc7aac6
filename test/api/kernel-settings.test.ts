/** The one privileged command, on a real API server: admitted where it is asked for, alone. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { findHelm, renderChart } from '../../tools/helm.ts';
import { anAgentPod, createPod, installFairlead, type PodSpec } from './installed.ts';
import { parseManifests } from './manifests.ts';
import { type ApiServer, startApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

const helm = findHelm() ?? '';
const skip = helm === '' ? 'no helm: set FAIRLEAD_LAB_BIN or run the lab once' : false;
const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';

suite('agent.kernelSettings', { skip }, () => {
  const set = skip === false ? renderChart(helm, chart(), ['agent.kernelSettings=Set']) : '';
  const manifests = parseManifests(set);
  const daemons = manifests.find(({ kind }) => kind === 'DaemonSet')?.['spec'];
  const { template } = (daemons ?? {}) as { template: { spec: { initContainers: PodSpec[] } } };
  let api: ApiServer;

  before(async () => {
    // As in clusters, where kube-proxy and CNIs need it.
    api = await startApiServer({ flags: ['--allow-privileged=true'] });
    await installFairlead(api);
  });
  after(() => api?.stop());

  /** What is said to an agent's pod with the command, changed; empty: it is accepted. */
  const answerTo = async (change: PodSpec): Promise<string> => {
    const initContainers = [{ ...template.spec.initContainers[0], ...change }];
    const { status, body } = await createPod(api, anAgentPod({ initContainers }), true);
    return status === 201 ? '' : String(body['message']);
  };
  const powers = /every container must drop all capabilities/;

  test('the command is refused until it is asked for, and then admitted as it is', async () => {
    assert.match(await answerTo({}), powers);
    const policy = manifests.find(({ metadata }) => metadata.name === 'fairlead-nodes-pods');
    const path = `${policies}/fairlead-nodes-pods`;
    const { metadata } = (await api.call('GET', path)).body;
    const replaced = await api.call('PUT', path, { ...policy, metadata });
    assert.equal(replaced.status, 200, JSON.stringify(replaced.body));
    await waitUntil('the new policy is in force', async () => (await answerTo({})) === '');
  });

  const changes: readonly (readonly [string, PodSpec, RegExp?])[] = [
    ['another command', { command: ['/bin/sh', '-c', 'id'] }],
    ['no command', { command: [] }],
    ['arguments', { args: ['x'] }],
    ['an environment', { env: [{ name: 'LD_PRELOAD', value: '/run/x' }] }],
    ['a volume over its files', { volumeMounts: [{ name: 'run', mountPath: '/bin' }] }],
    ['another name', { name: 'other' }],
    ['no end', { restartPolicy: 'Always' }],
    ['another image', { image: 'other/image:1' }, /runs only the image/],
  ];
  for (const [what, change, sentence = powers] of changes) {
    test(`with ${what} it is refused`, async () => {
      assert.match(await answerTo(change), sentence);
    });
  }

  test('a container that stays may not have its name, and its power', async () => {
    const privileged = { securityContext: { privileged: true }, name: 'kernel-settings' };
    const { body } = await createPod(api, anAgentPod({}, privileged), true);
    assert.match(String(body['message']), powers);
  });
});

function chart(): string {
  return join(import.meta.dirname, '../../helm');
}
