import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrefix } from '../net/prefix.ts';
import { parseInterfaces } from './parse-interfaces.ts';

const eth0 = {
  ifname: 'eth0',
  link_type: 'ether',
  address: '02:00:00:00:00:01',
  addr_info: [
    { family: 'inet', local: '10.99.0.11', prefixlen: 24, scope: 'global' },
    {
      family: 'inet',
      local: '10.99.0.100',
      prefixlen: 32,
      scope: 'global',
      protocol: 'keepalived',
    },
    { family: 'inet', local: '10.99.0.77', prefixlen: 32, scope: 'global' },
    { family: 'inet6', local: 'fd00:10:99::11', prefixlen: 64, scope: 'global' },
    { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link' },
  ],
};
const lo = {
  ifname: 'lo',
  link_type: 'loopback',
  addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host' }],
};

test('an interface shows its connected networks, no VIPs, host or link-local ones', () => {
  const [first, ...rest] = parseInterfaces([lo, eth0]);
  assert.deepEqual(first?.prefixes.map(formatPrefix), ['10.99.0.11/24', 'fd00:10:99::11/64']);
  assert.deepEqual([first?.name, first?.mac], ['eth0', '02:00:00:00:00:01']);
  assert.deepEqual(rest, []);
});

test('what cannot be read is left out, never thrown', () => {
  assert.deepEqual(parseInterfaces([{}, { ifname: 'x', addr_info: [{ local: 'nonsense' }] }]), []);
});
