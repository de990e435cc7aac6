import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseListeners, TakenPorts } from './tcp-listeners.ts';

const heading =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const rest =
  '00000000:00000000 00:00000000 00000000     0        0 1234 1 0000000000000000 100 0 0 10 0';

test('listening sockets are read, established ones are not', () => {
  const text =
    `${heading}   0: 00000000:0050 00000000:0000 0A ${rest}\n` +
    `   1: 0B00630A:01BB 00000000:0000 0A ${rest}\n` +
    `   2: 0B00630A:B0D2 0C00630A:0050 01 ${rest}\n`;
  assert.deepEqual(parseListeners(text), [
    { address: '0.0.0.0', port: 80 },
    { address: '10.99.0.11', port: 443 },
  ]);
});

test('IPv6 is printed as VIPs are', () => {
  const text =
    `${heading}   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A ${rest}\n` +
    `   1: B80D0120000000000000000010000000:0050 00000000000000000000000000000000:0000 0A ${rest}\n`;
  assert.deepEqual(parseListeners(text), [
    { address: '::', port: 22 },
    { address: '2001:db8::10', port: 80 },
  ]);
});

test('an IPv6 socket on an IPv4 address takes what is of that address', () => {
  const text =
    `${heading}   0: 0000000000000000FFFF00000B00630A:1C85 00000000000000000000000000000000:0000 0A ${rest}\n` +
    `   1: 0000000000000000FFFF000000000000:0050 00000000000000000000000000000000:0000 0A ${rest}\n`;
  assert.deepEqual(parseListeners(text), [
    { address: '10.99.0.11', port: 7301 },
    { address: '0.0.0.0', port: 80 },
  ]);
});

test('no file is no listener', () => assert.deepEqual(parseListeners(''), []));

for (const [address, family, taken] of [
  ['0.0.0.0', 'IPv4', true],
  ['0.0.0.0', 'IPv6', false],
  ['::', 'IPv4', true],
  ['::', 'IPv6', true],
  ['127.0.0.1', 'IPv4', false],
] as const) {
  test(`${address} ${taken ? 'takes' : 'leaves'} ${family} ports`, () => {
    const ports = new TakenPorts([{ address, port: 80 }]);
    assert.equal(ports.onEveryAddress({ address: 'any', family, port: 80 }), taken);
    assert.equal(ports.onEveryAddress({ address: 'any', family, port: 81 }), false);
  });
}
