import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aService } from '../../test/build/cluster.ts';
import { type SettingRow, settingAnnotation, settingNames, settings } from '../tables/settings.ts';
import { servable } from './servable.ts';

/** A Service with ports 80 and 443. */
const service = (annotations: Readonly<Record<string, string>>) => ({
  ...aService('shop/web'),
  annotations,
  ports: [80, 443].map((port) => ({ name: `p${port}`, protocol: 'TCP' as const, port })),
});
const refusal = (annotations: Readonly<Record<string, string>>) => {
  const { ports, refusal: why } = servable(service(annotations));
  assert.equal(ports.length === 0, why !== undefined, 'closed as a whole, or not at all');
  return why === undefined ? '' : String(why.data['problem']);
};

test('an unreadable setting that protects keeps the Service closed; any other is left out', () => {
  for (const name of settingNames) {
    const row: SettingRow = settings[name];
    const problem = refusal({ [settingAnnotation(name)]: '!' });
    assert.equal(problem !== '', row.isGuard === true, name);
  }
  assert.match(
    refusal({ 'fairlead.dev/denied-source-ranges': '10.0.0.0/33' }),
    /denied-source-ranges is "10\.0\.0\.0\/33": .*; write at most 32 networks/,
  );
});

test('what contradicts itself keeps the Service closed, with a word on what is missing', () => {
  assert.match(refusal({ 'fairlead.dev/server-tls': 'Verified' }), /server-tls-ca names no Secret/);
  assert.match(refusal({ 'fairlead.dev/tls-client-ca': 'clients' }), /needs fairlead.dev\/tls-sec/);
  const elsewhere = { 'fairlead.dev/tls-secrets': 'a', 'fairlead.dev/tls-ports': '8443' };
  assert.match(refusal(elsewhere), /ended on 8443, and the Service has no such TCP port/);
});

test('what is complete is served', () => {
  assert.equal(refusal({}), '');
  assert.equal(
    refusal({
      'fairlead.dev/tls-secrets': 'a',
      'fairlead.dev/tls-client-ca': 'clients',
      'fairlead.dev/server-tls': 'Verified',
      'fairlead.dev/server-tls-ca': 'pods',
    }),
    '',
  );
  assert.equal(refusal({ 'fairlead.dev/server-tls': 'Unverified' }), '');
});
