import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isInPod, podAccess } from './pod-access.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-account-'));
after(() => rmSync(folder, { recursive: true }));
const env = { KUBERNETES_SERVICE_HOST: 'fd00:10:96::1', KUBERNETES_SERVICE_PORT: '443' };

test('a pod uses its own account, unless somebody names another one', () => {
  assert.equal(isInPod({ env, folder }), false, 'no token');
  writeFileSync(join(folder, 'token'), 'first\n');
  assert.equal(isInPod({ env, folder }), true);
  assert.equal(isInPod({ env: { ...env, KUBECONFIG: '/elsewhere' }, folder }), false);
  assert.equal(isInPod({ env: {}, folder }), false);
});

test('the token is read each time: the kubelet renews it', async () => {
  writeFileSync(join(folder, 'ca.crt'), 'the CA');
  writeFileSync(join(folder, 'token'), 'first\n');
  const { server, read } = podAccess({ env, folder });
  assert.equal(server, 'https://[fd00:10:96::1]:443');
  const before = await read();
  assert.deepEqual(
    [before.headers, before.tls],
    [{ authorization: 'Bearer first' }, { ca: 'the CA' }],
  );
  writeFileSync(join(folder, 'token'), 'second\n');
  const later = await read();
  assert.deepEqual(later.headers, { authorization: 'Bearer second' });
  assert.equal(later.tlsKey, before.tlsKey, 'the same certificates');
});
