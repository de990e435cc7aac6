// VipPolicies on a real API server: what owners of Services may write, and what it refuses.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, installFairlead } from './installed.ts';
import { type ApiServer, startApiServer } from './server.ts';

let api: ApiServer;

before(async () => {
  api = await startApiServer();
  await installFairlead(api);
});
after(() => api?.stop());

test('VipPolicy: a wrong value of a setting is refused where it is written', async () => {
  const policy = (spec: object) => ({
    ...{ apiVersion: 'fairlead.dev/v1alpha1', kind: 'VipPolicy', metadata: { name: 'web' } },
    spec,
  });
  const path = `${base}/namespaces/default/vippolicies?dryRun=All&fieldValidation=Strict`;
  const good = { balance: 'First', hstsSeconds: 60, tlsSecrets: 'a,b', errorText: 'Back soon.' };
  assert.equal((await api.call('POST', path, policy(good))).status, 201);
  const wrong = [
    { balance: 'leastconn' },
    { hstsSeconds: 0 },
    { tlsSecrets: 'A' },
    { errorText: 'a\nserver evil' },
    { deniedSourceRanges: 'everybody' },
    { unheardOf: 'x' },
  ];
  for (const spec of wrong) {
    const { status, body } = await api.call('POST', path, policy(spec));
    assert.ok(status === 422 || status === 400, `${JSON.stringify(spec)}: ${status}`);
    assert.match(JSON.stringify(body), new RegExp(Object.keys(spec)[0] ?? ''));
  }
});
