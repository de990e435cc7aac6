import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frontend } from '../desired/desired-node.ts';
import { aFrontend, aPool, aServer, testPaths } from './desired-fixture.ts';
import { haproxyStructure, renderHaproxy } from './haproxy.ts';
import { hostPort } from './host-port.ts';

const rendered = (...frontends: ReturnType<typeof aFrontend>[]) =>
  renderHaproxy(aPool(frontends).haproxy, testPaths);

test('servers do not belong to the structure: their change needs no reload (R72)', () => {
  const one = rendered(aFrontend('web', aServer(1)));
  const two = rendered(aFrontend('web', aServer(1), aServer(2)));
  assert.equal(one.structure, two.structure);
  assert.notEqual(one.text, two.text);
});

test('a frontend, an address, a port and a setting belong to the structure', () => {
  const base = aFrontend('web', aServer(1));
  const others = [
    [],
    [base, aFrontend('api')],
    [{ ...base, address: '192.0.2.11' }],
    [{ ...base, port: 81 }],
  ];
  const names = [[base], ...others].map((frontends) => rendered(...frontends).structure);
  const more = { ...aPool([base]).haproxy, maxConnections: 5 };
  assert.equal(new Set([...names, haproxyStructure(more, testPaths)]).size, 6);
});

test('the file carries the name of its own structure, which HAProxy shows', () => {
  const { text, structure } = rendered(aFrontend('web'));
  assert.match(text, new RegExp(`^ {2}description ${structure}$`, 'm'));
});

test('an IPv6 address stands in brackets', () => {
  assert.equal(hostPort('IPv6', '2001:db8::1', 80), '[2001:db8::1]:80');
  assert.equal(hostPort('IPv4', '192.0.2.1', 80), '192.0.2.1:80');
});

test('a draining server is in the file: a state is not configuration', () => {
  const { text } = rendered(aFrontend('web', aServer(1, 'drain')));
  assert.match(text, /^ {2}server 10-1-0-1_8080 10\.1\.0\.1:8080$/m);
});

test('connections of one client spread: the balance does not look at the source (R53)', () => {
  const { text } = rendered(aFrontend('web', aServer(1), aServer(2)));
  assert.deepEqual(text.match(/^\s*balance .*$/gm), ['  balance roundrobin']);
  assert.doesNotMatch(text, /stick/);
});

test('a port without an endpoint is closed, and no port speaks HTTP (R70)', () => {
  const { text } = rendered(aFrontend('empty'), aFrontend('web', aServer(1)));
  assert.doesNotMatch(text, /mode http|errorfile|http-request/);
  assert.match(text, /^ {2}mode tcp$/m);
});

test('a name with a newline never reaches the file', () => {
  const evil = { ...aFrontend('web'), name: 'a\nglobal\n  user root' };
  assert.throws(() => rendered(evil), /refused/);
});

test('when all fail a backup Service comes before the servers that are not well', () => {
  const frontend: Frontend = {
    ...aFrontend('web', { ...aServer(1), role: 'Spare' }),
    settings: { 'when-all-fail': 'FailOpen' },
    backup: { service: 'page', servers: [aServer(9)] },
  };
  const { text } = renderHaproxy(aPool([frontend]).haproxy, testPaths);
  const { name } = frontend;
  const [first, second] = text.split('\n').filter((line) => line.includes('use_backend'));
  const nobody = `if { nbsrv(${name}) eq 0 }`;
  assert.equal(
    first?.trim(),
    `use_backend ${name}.backup ${nobody} { nbsrv(${name}.backup) gt 0 }`,
  );
  assert.equal(second?.trim(), `use_backend ${name}.open ${nobody}`);
  const last = text.slice(text.indexOf(`backend ${name}.open`));
  assert.match(last, /server 10-1-0-1_8080 10\.1\.0\.1:8080$/m, 'there nobody stands by');
  assert.ok(!text.includes('.backup.open'));
});
