// What becomes of objects that an older version's CRDs took, on a real API server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, installFairlead } from './installed.ts';
import { readManifests } from './manifests.ts';
import { type ApiServer, startApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

let api: ApiServer;

before(async () => {
  api = await startApiServer();
  await installFairlead(api);
});
after(() => api?.stop());

type Raw = Record<string, unknown>;

/** A pool that once had a limit for a number that is no amount. */
const pool = {
  ...{ apiVersion: 'fairlead.dev/v1alpha1', kind: 'VipPool', metadata: { name: 'old' } },
  spec: {
    addresses: ['192.0.2.10'],
    serviceLimits: { agentCheckPort: 8083, healthCheckPort: 8081, idleTimeoutSeconds: 600 },
  },
};
const limitsOf = ({ spec }: Raw) => (spec as Raw)['serviceLimits'] as Raw;
const create = (query: string) => api.call('POST', `${base}/vippools?${query}`, pool);

test('limits of ports, which are no more, are lost from a stored pool, and nothing else is', async () => {
  const [crd] = readManifests('crds/vippools.yaml');
  assert.ok(crd);
  await replaceCrd(withPorts(crd));
  const strict = 'dryRun=All&fieldValidation=Strict';
  await waitUntil(
    'the older version takes them',
    async () => (await create(strict)).status === 201,
  );
  assert.equal((await create('fieldValidation=Strict')).status, 201);
  await replaceCrd(crd);
  await waitUntil('the newer one does not', async () => (await create(strict)).status === 400);
  const { body } = await create(strict);
  assert.match(String(body['message']), /unknown field "spec.serviceLimits.agentCheckPort"/);
  const { status, body: stored } = await api.call('GET', `${base}/vippools/old`);
  assert.deepEqual([status, limitsOf(stored)], [200, { idleTimeoutSeconds: 600 }]);
  const written = { ...stored, spec: { ...(stored['spec'] as Raw), drainSeconds: 60 } };
  assert.equal((await api.call('PUT', `${base}/vippools/old`, written)).status, 200);
});

async function replaceCrd(crd: Raw): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/vippools.fairlead.dev';
  const { body } = await api.call('GET', path);
  const answer = await api.call('PUT', path, { ...body, spec: crd['spec'] });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

/** The CRD with the two fields in it. */
function withPorts(crd: Raw): Raw {
  const older = structuredClone(crd);
  const ports = { agentCheckPort: { type: 'integer' }, healthCheckPort: { type: 'integer' } };
  const words = ['spec', 'versions', '0', 'schema', 'openAPIV3Schema', 'properties', 'spec'];
  const path = [...words, 'properties', 'serviceLimits', 'properties'];
  const fields = path.reduce<Raw>((node, word) => node[word] as Raw, older);
  Object.assign(fields, ports);
  return older;
}
