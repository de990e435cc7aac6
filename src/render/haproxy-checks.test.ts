import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frontend, FrontendSettings } from '../desired/desired-node.ts';
import { settings as table } from '../tables/settings.ts';
import { checkLines, checkOptions } from './haproxy-checks.ts';
import { LineWriter } from './writer.ts';

const lines = (settings: FrontendSettings, more: Partial<Frontend> = {}) => {
  const w = new LineWriter();
  checkLines(w, { settings, ...more });
  return w.text().trim().split('\n');
};
const options = (settings: FrontendSettings, more: Partial<Frontend> = {}) =>
  checkOptions({ settings, ...more }).join(' ');

test('what holds when nothing is set is what the table says', () => {
  const every = {
    ...{ 'health-check-interval-seconds': table['health-check-interval-seconds'].default },
    ...{ 'health-check-fall': table['health-check-fall'].default },
    ...{ 'health-check-rise': table['health-check-rise'].default },
    'health-check-fast-interval-milliseconds':
      table['health-check-fast-interval-milliseconds'].default,
    'passive-check-limit': table['passive-check-limit'].default,
  };
  assert.equal(options(every), options({}));
});

test('databases are asked in the name of a user', () => {
  assert.deepEqual(lines({ 'health-check': 'MySQL' }), ['option mysql-check user haproxy']);
  const own = { 'health-check': 'PostgreSQL', 'health-check-user': 'probe' } as const;
  assert.deepEqual(lines(own), ['option pgsql-check user probe']);
});

test('an HTTP check looks at the status and at the body, which HEAD has none of', () => {
  const of = { 'health-check': 'HTTP', 'health-check-method': 'HEAD' } as const;
  assert.deepEqual(lines(of), [
    ...['option httpchk', 'http-check send meth HEAD uri /', 'http-check expect status 200-399'],
  ]);
  const texts = lines({ ...of, 'health-check-body': 'all  well' });
  assert.equal(texts[1], 'http-check send meth GET uri /');
  assert.equal(texts[3], 'http-check expect string "all well"');
});

test('an HTTPS check is one of HTTP in a TLS of its own, and names the host there', () => {
  const of = { 'health-check': 'HTTPS', 'health-check-host': 'shop.example.com' } as const;
  assert.match(options(of), /check-ssl verify none check-sni shop\.example\.com$/);
  assert.deepEqual(lines(of), lines({ ...of, 'health-check': 'HTTP' }));
  assert.match(options({ 'health-check': 'HTTPS' }), /check-ssl verify none$/);
});

test('in the TLS of its server a check names and verifies whom clients’ traffic does', () => {
  const serverTls = { name: 'web.shop.svc' };
  const host = { 'health-check-host': 'shop.example.com' };
  const of = (check: 'HTTP' | 'HTTPS' | 'TLS', more: FrontendSettings = {}) =>
    options({ 'health-check': check, ...host, ...more }, { serverTls });
  for (const check of ['HTTPS', 'TLS'] as const) assert.match(of(check), / check-ssl$/);
  assert.doesNotMatch(of('HTTP'), /check-ssl/, 'HAProxy does so by itself');
  const elsewhere = { 'health-check-port': 8443 } as const;
  assert.match(of('HTTPS', elsewhere), / port 8443 check-ssl$/);
  assert.match(of('HTTP', elsewhere), / port 8443$/, 'plain, as its name says');
});

test('at a port of its own HTTP is asked in version 1, also of pods of HTTP/2', () => {
  const http = { serverProtocol: 'HTTP2' } as const;
  const of = (check: 'HTTP' | 'HTTPS' | 'GRPC', more: Partial<Frontend> = {}) =>
    lines({ 'health-check': check, 'health-check-port': 8081 }, { http, ...more }).join();
  for (const check of ['HTTP', 'HTTPS'] as const) {
    assert.match(of(check), /option httpchk,http-check connect default proto h1,http-check send/);
  }
  assert.match(of('HTTPS', { serverTls: {} }), /connect default alpn http\/1\.1 proto h1,/);
  assert.match(of('HTTP', { serverTls: {} }), /connect default proto h1,/);
  assert.doesNotMatch(of('GRPC'), /proto h1/);
  assert.doesNotMatch(lines({ 'health-check': 'HTTP' }, { http }).join(), /proto h1/);
  assert.doesNotMatch(of('HTTP', { http: { serverProtocol: 'HTTP1' } }), /proto h1/);
});

test('gRPC over TLS agrees on h2 first', () => {
  const of = { 'health-check': 'GRPC' } as const;
  assert.match(lines(of).join(), /tcp-check connect default,/);
  assert.match(lines(of, { serverTls: {} }).join(), /tcp-check connect default alpn h2,/);
});

test('responses are observed where HAProxy reads them', () => {
  const of = { 'passive-check': 'Responses', 'passive-check-action': 'FailCheck' } as const;
  assert.match(options(of), /observe layer4 error-limit 3 on-error fail-check/);
  const http = { http: { serverProtocol: 'HTTP1' } } as const;
  assert.match(options({ ...of, 'passive-check-limit': 7 }, http), /observe layer7 error-limit 7/);
  assert.match(options({ 'passive-check': 'Disabled' }), /observe none$/);
});
