import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentence } from '../tables/reasons.ts';
import { idleRedirect } from './idle-redirect.ts';
import { serviceSettings } from './service-settings.ts';

function said(settings: Readonly<Record<string, string>>, ...numbers: number[]): string {
  const annotations = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`fairlead.dev/${name}`, value]),
  );
  const ports = numbers.map((port) => ({ name: `p${port}`, protocol: 'TCP' as const, port }));
  const read = serviceSettings({ annotations });
  return idleRedirect({ ports }, read).map(sentence).join('; ');
}
const redirect = { 'https-redirect': 'Enabled' };
const secrets = { 'tls-secrets': 'shop-tls' };

test('a redirect has somewhere to send clients, and some to send', () => {
  assert.equal(said({ ...redirect, ...secrets }, 80, 443), '');
  assert.equal(said({ ...redirect, ...secrets, 'tls-ports': '8443' }, 80, 8443), '');
  assert.equal(said({ 'https-redirect.80': 'Enabled', ...secrets }, 80, 443), '');
  assert.equal(said(secrets, 80, 443), '');
});

test('one that comes to nothing is said, and why', () => {
  const nowhere = /https-redirect has no effect: TLS is ended on no port; .*tls-secrets names/;
  assert.match(said(redirect, 80, 443), nowhere);
  assert.match(said({ 'https-redirect.80': 'Enabled' }, 80), nowhere);
  const nobody = /https-redirect has no effect: TLS is ended on every port it is for$/;
  assert.match(said({ ...redirect, ...secrets }, 443), nobody);
  assert.match(said({ 'https-redirect.443': 'Enabled', ...secrets }, 80, 443), nobody);
});
