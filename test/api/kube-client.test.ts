/** The client against a real API server (R86). */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { type CallReport, createClient, type KubeClient } from '../../src/kube/client.ts';
import type { Clock } from '../../src/kube/clock.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { KubeError } from '../../src/kube/kube-error.ts';
import { kubeConfigAccess, loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { boundedTest as test } from './bounded-test.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { clientOf } from './kube-fixture.ts';
import { type ApiServer, startApiServer } from './server.ts';

let api: ApiServer;
let proxy: FaultProxy;
let client: KubeClient;

before(async () => {
  api = await startApiServer();
  proxy = await startFaultProxy(api);
  client = clientOf(api, { url: proxy.url });
});
beforeEach(() => proxy.heal());
after(async () => {
  client?.close();
  await proxy?.stop();
  await api?.stop();
});

const failing = async (request: Parameters<KubeClient['request']>[0], by = client) => {
  const error = await by.request(request).then(
    () => assert.fail('the call succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof KubeError, String(error));
  return error;
};

test('says what the server said: code, status, reason and the field it refused', async () => {
  const missing = await failing({ path: '/api/v1/namespaces/none' });
  assert.deepEqual([missing.code, missing.status, missing.reason], ['NotFound', 404, 'NotFound']);
  const path = '/api/v1/namespaces';
  const twice = await failing({ method: 'POST', path, body: { metadata: { name: 'default' } } });
  assert.deepEqual([twice.code, twice.reason], ['Conflict', 'AlreadyExists']);
  const wrong = await failing({ method: 'POST', path, body: { metadata: { name: 'A_B' } } });
  assert.equal(wrong.code, 'Invalid');
  assert.deepEqual(
    wrong.causes.map((cause) => cause.field),
    ['metadata.name'],
  );
  assert.match(wrong.message, /POST \/api\/v1\/namespaces: 422 .*A_B/);
});

test('tells a missing right from a missing login', async () => {
  const nobody = clientOf(api, { role: 'nobody' });
  assert.equal((await failing({ path: '/api/v1/secrets' }, nobody)).code, 'Forbidden');
  nobody.close();
  const config = loadKubeConfig(api.kubeconfig());
  const user = config.getCurrentUser();
  const cluster = config.getCurrentCluster();
  assert.ok(user && cluster);
  const wrong = new KubeConfig();
  wrong.loadFromClusterAndUser(cluster, { ...user, token: 'wrong' });
  const stranger = createClient({ access: kubeConfigAccess(wrong) });
  assert.equal((await failing({ path: '/api/v1/secrets' }, stranger)).code, 'Unauthorized');
  stranger.close();
});

test('reads Retry-After, and bounds it', async () => {
  proxy.fail(() => ({ kind: 'answer', status: 429, retryAfterSeconds: 7 }));
  const error = await failing({ path: '/version' });
  assert.deepEqual([error.code, error.retryAfterMs], ['TooMany', 7_000]);
  proxy.fail(() => ({ kind: 'answer', status: 503, retryAfterSeconds: 99_999 }));
  assert.equal((await failing({ path: '/version' })).retryAfterMs, 300_000);
  proxy.heal();
});

test('names resets, stalls and what is no JSON', async () => {
  proxy.fail(() => ({ kind: 'reset' }));
  assert.equal((await failing({ path: '/version' })).code, 'Network');
  proxy.fail(() => ({ kind: 'cut', afterBytes: 20 }));
  assert.equal((await failing({ path: '/version' })).code, 'Network');
  proxy.fail(() => ({ kind: 'stall' }));
  assert.equal((await failing({ path: '/version', timeoutMs: 300 })).code, 'Timeout');
  proxy.fail(() => ({ kind: 'answer', status: 200, body: '<html>' }));
  const page = await failing({ path: '/version' });
  assert.equal(page.code, 'Server');
  assert.match(page.message, /not JSON: <html>/);
  proxy.heal();
});

test('ends at once when the caller does not want it any more', async () => {
  proxy.fail(() => ({ kind: 'stall' }));
  const abort = new AbortController();
  const call = failing({ path: '/version', signal: abort.signal });
  abort.abort();
  assert.equal((await call).code, 'Aborted');
  proxy.heal();
});

test('keeps at most four connections for any number of calls', async () => {
  const fresh = clientOf(api, { url: proxy.url });
  const before = proxy.connections();
  await Promise.all(Array.from({ length: 60 }, () => fresh.request({ path: '/version' })));
  for (let i = 0; i < 60; i += 1) await fresh.request({ path: '/version' });
  assert.equal(proxy.connections() - before, 4);
  fresh.close();
});

test('goes to the next address when the first does not answer, and stays there', async () => {
  const reports: CallReport[] = [];
  const several = createClient({
    access: kubeConfigAccess(loadKubeConfig(api.kubeconfig())),
    servers: ['https://127.0.0.1:1', api.url],
    onCall: (report) => reports.push(report),
  });
  const body = { metadata: { name: 'failover' } };
  // Not one byte left towards the dead address, so even a POST may be tried again.
  await several.request({ method: 'POST', path: '/api/v1/namespaces', body });
  await several.request({ path: '/version' });
  assert.deepEqual(
    reports.map((report) => [report.server, report.code]),
    [
      ['https://127.0.0.1:1', 'Network'],
      [api.url, '201'],
      [api.url, '200'],
    ],
  );
  several.close();
});

test('leaves an address that stalls for the other one', async () => {
  proxy.fail(() => ({ kind: 'stall' }));
  const config = loadKubeConfig(api.kubeconfig());
  const several = createClient({ access: kubeConfigAccess(config), servers: [proxy.url, api.url] });
  assert.equal((await failing({ path: '/version', timeoutMs: 200 }, several)).code, 'Timeout');
  await several.request({ path: '/version' });
  several.close();
  proxy.heal();
});

test('reads a rotated token within a minute, and at once after a refusal', async () => {
  const file = join(dirname(api.kubeconfig()), 'rotating-token');
  writeFileSync(file, api.token());
  let skippedMs = 0;
  const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + skippedMs };
  const rotating = createClient({ access: kubeConfigAccess(tokenFileConfig(api, file)), clock });
  await rotating.request({ path: '/api/v1/namespaces' });
  writeFileSync(file, 'wrong');
  skippedMs += 59_000;
  await rotating.request({ path: '/api/v1/namespaces' });
  skippedMs += 2_000;
  const path = '/api/v1/namespaces';
  assert.equal((await failing({ path }, rotating)).code, 'Unauthorized');
  writeFileSync(file, api.token());
  skippedMs += 2_000;
  await rotating.request({ path: '/api/v1/namespaces' });
  rotating.close();
});

test('opens new connections when the CA file changes, and refuses a wrong CA', async () => {
  const file = join(dirname(api.kubeconfig()), 'rotating-ca');
  writeFileSync(file, '-----BEGIN CERTIFICATE-----\n');
  let skippedMs = 0;
  const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + skippedMs };
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: api.url, caFile: file, skipTLSVerify: false },
    { name: 'u', token: api.token() },
  );
  const rotating = createClient({ access: kubeConfigAccess(config), clock });
  assert.equal((await failing({ path: '/version' }, rotating)).code, 'Network');
  writeFileSync(file, api.ca);
  skippedMs += 60_001;
  await rotating.request({ path: '/version' });
  rotating.close();
});

function tokenFileConfig(api: ApiServer, tokenFile: string): KubeConfig {
  const cluster = loadKubeConfig(api.kubeconfig()).getCurrentCluster();
  assert.ok(cluster);
  const config = new KubeConfig();
  // As loadFromCluster does inside a pod.
  const authProvider = { name: 'tokenFile', config: { tokenFile } };
  config.loadFromClusterAndUser(cluster, { name: 'inClusterUser', authProvider });
  return config;
}
