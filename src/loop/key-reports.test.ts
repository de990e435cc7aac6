import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyReports } from './key-reports.ts';
import type { ResolvedKey } from './key-ring.ts';

const day = 86_400_000;
const name = (secret: string) => ({
  ...{ kind: 'certificate' as const, namespace: 'shop', secret, file: `tls_shop_${secret}.pem` },
  services: ['shop/api', 'shop/web'],
});
const ending = (inDays: number): ResolvedKey => ({
  ...name('web'),
  inspected: { text: '', notAfterMs: inDays * day },
});
const said = (key: ResolvedKey, refusals = {}) =>
  keyReports([key], { refusals, nowMs: 0 }).map(({ service, reason }) => `${service} ${reason}`);

test('every Service that wants the key hears of its trouble', () => {
  const missing = { ...name('web'), trouble: { code: 'SecretMissing', why: '' } } as const;
  assert.deepEqual(said(missing), ['shop/api SecretMissing', 'shop/web SecretMissing']);
  const refused = said(ending(90), { 'tls_shop_web.pem': 'ca key too small' });
  assert.deepEqual(refused, ['shop/api SecretInvalid', 'shop/web SecretInvalid']);
});

test('the end of a certificate is told two weeks before, and when it has come', () => {
  assert.deepEqual(said(ending(14.1)), []);
  assert.deepEqual(said(ending(13.9)), [
    ...['shop/api CertificateExpiring', 'shop/web CertificateExpiring'],
  ]);
  assert.deepEqual(said(ending(0)), [
    ...['shop/api CertificateExpired', 'shop/web CertificateExpired'],
  ]);
});
