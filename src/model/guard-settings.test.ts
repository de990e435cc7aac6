import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aService } from '../../test/build/cluster.ts';
import { type SettingRow, settingAnnotation, settingNames, settings } from '../tables/settings.ts';
import { addressSettings } from './parse-annotations.ts';
import { servable } from './servable.ts';
import type { ServiceSettings } from './service-settings.ts';

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

test('a setting that protects and would do nothing as it stands keeps the Service closed', () => {
  const setting = (name: string, value: string) => ({ [`fairlead.dev/${name}`]: value });
  const ca = setting('server-tls-ca', 'pods-ca');
  const toPods = /server-tls-ca has no effect while \S+server-tls is None; write \S+: Verified, or/;
  assert.match(refusal(ca), toPods);
  assert.match(refusal({ ...ca, ...setting('server-tls-name', 'web.shop.svc') }), toPods);
  assert.match(refusal({ ...ca, ...setting('server-tls', 'None') }), toPods);
  assert.match(refusal({ ...ca, ...setting('server-tls', 'Unverified') }), /is Unverified; write/);
  assert.match(refusal(setting('server-tls-name', 'web.shop.svc')), /-name has no effect while/);
  const tls = setting('tls-secrets', 'a');
  for (const value of ['Required', 'Optional']) {
    const certificates = setting('tls-client-certificates', value);
    const needs = /certificates needs fairlead.dev\/tls-client-ca; set that as well, or remove/;
    assert.match(refusal({ ...tls, ...certificates }), needs, value);
    assert.match(refusal(certificates), needs, value);
    assert.equal(refusal({ ...tls, ...certificates, ...setting('tls-client-ca', 'ca') }), '');
  }
  assert.match(refusal(setting('tls-ports', '443')), /tls-ports needs fairlead.dev\/tls-secrets;/);
  assert.match(refusal(setting('tls-profile', 'Modern')), /-profile needs fairlead.dev\/tls-secr/);
});

test('how TLS is ended may stand in the policy of Services that end none', () => {
  const under = (policy: ServiceSettings, annotations: Readonly<Record<string, string>> = {}) => {
    const of = { ...service(annotations), policy: { name: 'base', settings: policy } };
    return String(servable(of).refusal?.data['problem'] ?? '');
  };
  const manner = { 'tls-profile': 'Modern', 'tls-ports': '443,8443' } as const;
  assert.equal(under(manner), '');
  assert.equal(under(manner, { 'fairlead.dev/tls-secrets': 'a' }), '', '443 is there');
  const elsewhere = under({ 'tls-ports': '8443' }, { 'fairlead.dev/tls-secrets': 'a' });
  assert.match(elsewhere, /ended on 8443, and the Service has no such TCP port/);
  assert.match(
    under({ 'tls-client-certificates': 'Required' }),
    /^tlsClientCertificates of VipPolicy "base" needs fairlead.dev\/tls-client-ca/,
  );
});

test('every setting that protects is honoured alone, or closes the Service', () => {
  const alone = settingNames.filter((name) => {
    const row: SettingRow = settings[name];
    return row.isGuard === true && refusal({ [settingAnnotation(name)]: row.example }) === '';
  });
  // The Service has the port 443 on which TLS is ended by itself.
  const honoured = ['denied-source-ranges', 'proxy-protocol-from', 'tls-secrets'];
  assert.deepEqual(alone.toSorted(), honoured, 'a new one is either of these or needs another');
});

test('TLS is ended on every port that is named, or on none', () => {
  const tls = { 'fairlead.dev/tls-secrets': 'a', 'fairlead.dev/tls-ports': '443,8444,80,9' };
  const missing =
    /ended on 8444, 9, and .* no such TCP port; write in \S+tls-ports only ports that/;
  assert.match(refusal(tls), missing);
  assert.equal(refusal({ ...tls, 'fairlead.dev/tls-ports': '443,80' }), '');
  const ports = [{ name: 'quic', protocol: 'UDP' as const, port: 443 }];
  const { refusal: why } = servable({ ...service({ 'fairlead.dev/tls-secrets': 'a' }), ports });
  assert.match(String(why?.data['problem']), /ended on 443/, 'that of another protocol is none');
});

test('what protects cannot be had for one port, so the Service is closed', () => {
  for (const name of settingNames) {
    const row: SettingRow = settings[name];
    for (const ending of ['443', '0', 'https']) {
      const annotation = `${settingAnnotation(name)}.${ending}`;
      const problem = refusal({ [annotation]: row.example });
      assert.equal(problem !== '', row.isGuard === true, annotation);
      if (problem === '') continue;
      assert.match(problem, new RegExp(`${annotation} is .* cannot be set for one port; write`));
      const named = addressSettings(service({ [annotation]: row.example })).problems;
      assert.deepEqual(
        named.map(({ code }) => code),
        ['AnnotationInvalid'],
        'it is named once',
      );
      assert.ok(problem.endsWith(`write ${settingAnnotation(name)} instead`), problem);
    }
  }
  assert.equal(refusal({ 'fairlead.dev/tls-profile.443': ' ' }), '', 'nothing is asked for');
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
  const unverified = { 'fairlead.dev/server-tls': 'Unverified' };
  assert.equal(refusal(unverified), '');
  assert.equal(refusal({ ...unverified, 'fairlead.dev/server-tls-name': 'web.shop.svc' }), '');
  assert.equal(refusal({ 'fairlead.dev/server-tls': 'None' }), '');
});
