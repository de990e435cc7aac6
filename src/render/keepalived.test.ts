import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anInstance, aPool, testPaths } from './desired-fixture.ts';
import { renderKeepalived } from './keepalived.ts';

const rendered = (...instances: ReturnType<typeof anInstance>[]) =>
  renderKeepalived(aPool([], ...instances).keepalived, testPaths);

test('peers are listed, and nothing else', () => {
  const text = rendered(anInstance('10.99.0.12', '10.99.0.13'));
  assert.match(text, /unicast_peer \{\n {4}10\.99\.0\.12\n {4}10\.99\.0\.13\n {2}\}/);
  assert.doesNotMatch(text, /127\.0\.0\.1/);
});

test('a lone node has itself as peer, of its own family: without one Keepalived would multicast', () => {
  assert.match(rendered(anInstance()), /unicast_peer \{\n.*\n {4}127\.0\.0\.1\n/);
  const six = { ...anInstance(), sourceAddress: 'fe80::1', anchor: 'fe80::77:51' };
  assert.match(rendered(six), /unicast_peer \{\n.*\n {4}::1\n/);
  assert.match(rendered(six), /fe80::77:51\/128 dev lo scope host/);
});

test('only the anchor is advertised; VIPs of both families are excluded addresses', () => {
  const text = rendered(anInstance('10.99.0.12'));
  assert.match(text, /virtual_ipaddress \{\n {4}169\.254\.77\.51\/32 dev lo scope host\n {2}\}/);
  assert.match(text, /excluded \{\n {4}192\.0\.2\.10\/32 dev eth0 noprefixroute\n/);
  assert.match(text, / {4}2001:db8::10\/128 dev eth0 preferred_lft 0\n/);
});

test('an instance without VIPs has no empty list, which Keepalived refuses', () => {
  assert.doesNotMatch(rendered({ ...anInstance('10.99.0.12'), vips: [] }), /excluded/);
});

for (const [milliseconds, text] of [
  [100, '0.1'],
  [30, '0.03'],
  [1000, '1'],
  [10_000, '10'],
] as const) {
  test(`${milliseconds} ms between adverts are ${text} s`, () => {
    const instance = { ...anInstance('10.99.0.12'), advertIntervalMs: milliseconds };
    assert.match(
      rendered(instance),
      new RegExp(`^ {2}advert_int ${text.replace('.', '\\.')}$`, 'm'),
    );
  });
}

test('without instances there is none in the file: the supervisor stops the daemon', () => {
  assert.doesNotMatch(rendered(), /^vrrp_instance/m);
});
