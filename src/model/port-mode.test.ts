import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServicePort } from './objects.ts';
import { portMode, secretNames, tlsSecrets } from './port-mode.ts';
import type { ServiceSettings } from './service-settings.ts';

const tcp = (port: number): ServicePort => ({ name: '', protocol: 'TCP', port });
const all = [tcp(80), tcp(8443), tcp(443)];
const mode = (port: number, settings: ServiceSettings, appProtocol?: string) =>
  portMode({ ...tcp(port), ...(appProtocol && { appProtocol }) }, settings, all);
const withTls = { 'tls-secrets': 'shop-tls' } as const;

test('bytes pass as they come unless somebody says what they are', () => {
  assert.deepEqual(mode(80, {}), {
    ...{ protocol: 'TCP', isTls: false, serverProtocol: 'HTTP1' },
  });
  assert.equal(mode(443, {}, 'https').protocol, 'TCP');
  assert.equal(mode(443, {}, 'kubernetes.io/wss').protocol, 'TCP');
  for (const spoken of ['http', 'kubernetes.io/h2c', 'kubernetes.io/ws']) {
    assert.equal(mode(80, {}, spoken).protocol, 'HTTP', spoken);
  }
});

test('where TLS is ended, https and wss are requests', () => {
  assert.equal(mode(443, withTls, 'https').protocol, 'HTTP');
  assert.equal(mode(443, withTls, 'kubernetes.io/wss').protocol, 'HTTP');
  assert.equal(mode(80, withTls, 'https').protocol, 'TCP');
  assert.equal(mode(443, withTls).protocol, 'TCP');
});

test('what the owner sets goes before what a port says', () => {
  assert.equal(mode(80, { protocol: 'TCP' }, 'http').protocol, 'TCP');
  assert.equal(mode(80, { protocol: 'HTTP' }).protocol, 'HTTP');
});

test('TLS is ended on the ports named, on 443 unless others are', () => {
  const ended = (settings: ServiceSettings) =>
    [80, 443, 8443].filter((port) => mode(port, settings).isTls);
  assert.deepEqual(ended({}), []);
  assert.deepEqual(ended({ 'tls-ports': '443' }), [], 'not without a Secret');
  assert.deepEqual(ended(withTls), [443]);
  assert.deepEqual(ended({ ...withTls, 'tls-ports': '443, 8443' }), [443, 8443]);
});

test('a redirect is for ports without TLS of a Service that has it', () => {
  const redirect = { 'https-redirect': 'Enabled' } as const;
  assert.equal(mode(80, redirect).redirectPort, undefined);
  assert.deepEqual(
    [80, 443].map((port) => mode(port, { ...withTls, ...redirect }).redirectPort),
    [443, undefined],
  );
  assert.equal(mode(80, { ...withTls, ...redirect, protocol: 'TCP' }).protocol, 'HTTP');
});

test('it leads to the lowest port of the Service that ends TLS', () => {
  const to = (tlsPorts: string, ...ports: ServicePort[]) => {
    const settings = { ...withTls, 'https-redirect': 'Enabled', 'tls-ports': tlsPorts } as const;
    return portMode(tcp(80), settings, [tcp(80), ...ports]).redirectPort;
  };
  assert.equal(to('8443', tcp(443), tcp(8443)), 8443);
  assert.equal(to('8443,443', tcp(8443), tcp(443)), 443);
  assert.equal(to('443,8443', tcp(8443)), 8443, 'there is no 443');
  assert.equal(to('443', { ...tcp(443), protocol: 'UDP' }), undefined, 'none of TCP');
  assert.equal(to('443', tcp(8443)), undefined);
});

test('pods of h2c are spoken to in HTTP/2', () => {
  assert.equal(mode(80, {}, 'kubernetes.io/h2c').serverProtocol, 'HTTP2');
});

test('Secrets keep their order, the first is the default; each counts once', () => {
  const settings = { 'tls-secrets': 'b, a,b', 'tls-client-ca': 'clients' };
  assert.deepEqual(tlsSecrets(settings), ['b', 'a']);
  assert.deepEqual(secretNames(settings), ['a', 'b', 'clients']);
});
