import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../observe/metrics.ts';
import { KeyMetrics } from './key-metrics.ts';
import type { ResolvedKey } from './key-ring.ts';

const file = 'tls_shop_web.pem';
const name = {
  ...{ kind: 'certificate' as const, namespace: 'shop', secret: 'web', file },
  services: ['shop/web'],
};
const readable: ResolvedKey = { ...name, inspected: { text: '', notAfterMs: 90_000 } };
const missing: ResolvedKey = { ...name, trouble: { code: 'SecretMissing', why: '' } };
const installed = { keyEndsMs: { [file]: 14_000 }, keyRefusals: {} };

const expiry =
  'fairlead_certificate_expiry_timestamp_seconds{pool="edge",namespace="shop",secret="web"}';
const unusable = 'fairlead_secrets_unusable{pool="edge",namespace="shop",reason=';

function measured() {
  const metrics = createMetrics();
  const lines = async () =>
    (await metrics.text()).split('\n').filter((line) => line.includes('pool="edge"'));
  return { of: new KeyMetrics(metrics, 'edge'), lines };
}

test('a certificate ends when the one that HAProxy has does, whatever the Secret holds', async () => {
  const { of, lines } = measured();
  of.measure([readable], installed);
  assert.deepEqual(await lines(), [`${expiry} 14`]);
  of.measure([missing], installed);
  assert.ok((await lines()).includes(`${expiry} 14`), 'the Secret is gone, the key serves on');
  of.measure([readable], { ...installed, keyRefusals: { [file]: 'ca md too weak' } });
  assert.ok((await lines()).includes(`${expiry} 14`), 'HAProxy has refused the new one');
  of.measure([], installed);
  assert.deepEqual(await lines(), [], 'nobody wants it');
});

test('Secrets that cannot be used are counted by what is wrong with them', async () => {
  const { of, lines } = measured();
  const nothing = { keyEndsMs: {}, keyRefusals: {} };
  of.measure([missing, { ...missing, secret: 'api', file: 'tls_shop_api.pem' }], nothing);
  assert.deepEqual(await lines(), [`${unusable}"SecretMissing"} 2`]);
  of.measure([readable], { ...nothing, keyRefusals: { [file]: 'ca md too weak' } });
  assert.deepEqual(await lines(), [`${unusable}"SecretInvalid"} 1`]);
  of.forget();
  assert.deepEqual(await lines(), []);
});
