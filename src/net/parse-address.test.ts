import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { collapseIPv6Number, IPv6 } from 'ip-num';
import { propertyRuns } from '../../test/run/seeds.ts';
import type { Address } from './address.ts';
import { formatAddress, vipName } from './format-address.ts';
import { parseAddress } from './parse-address.ts';

const seeded = propertyRuns(import.meta.filename, 300);
const anyIPv4 = fc.bigInt(0n, 2n ** 32n - 1n).map((value): Address => ({ family: 'IPv4', value }));
const groups = fc.array(fc.constantFrom(0n, 0n, 0n, 1n, 0xffffn, 0xdb8n), {
  minLength: 8,
  maxLength: 8,
});
const anyIPv6 = groups.map(
  (eight): Address => ({
    family: 'IPv6',
    value: eight.reduce<bigint>((sum, group) => sum * 65536n + group, 0n),
  }),
);
const isMapped = ({ value }: Address) => value >> 32n === 0xffffn;

test('an address reads back what it is printed as', () => {
  fc.assert(
    fc.property(fc.oneof(anyIPv4, anyIPv6), (address) => {
      fc.pre(address.family === 'IPv4' || !isMapped(address));
      assert.deepEqual(parseAddress(formatAddress(address)), { ok: true, value: address });
    }),
    seeded,
  );
});

test('IPv6 is printed as RFC 5952 wants it (R30); ip-num is the oracle', () => {
  fc.assert(
    fc.property(anyIPv6, (address) => {
      assert.equal(formatAddress(address), collapseIPv6Number(new IPv6(address.value).toString()));
    }),
    seeded,
  );
});

test('strict parsing refuses what A8 names, with a reason', () => {
  const refusedTexts: readonly (readonly [string, RegExp])[] = [
    ['10.40.0.08', /leading zero/],
    ['::ffff:10.40.0.8', /IPv4 address written as IPv6/],
    ['fe80::1%eth0', /zone/],
    ['10.40.0', /not an address/],
    ['10.40.0.256', /not an address/],
    ['0x0a.1.2.3', /not an address/],
    [' 10.40.0.8', /not an address/],
    ['1::2::3', /not an address/],
    ['', /not an address/],
    ['1'.repeat(46), /too long/],
  ];
  for (const [text, why] of refusedTexts) {
    const parsed = parseAddress(text);
    assert.equal(parsed.ok, false, text);
    if (!parsed.ok) assert.match(parsed.problem, why);
  }
});

test('what we accept, the kernel library of Node accepts as the same address', () => {
  const list = new BlockList();
  for (const text of ['10.40.0.8', '2001:DB8::1', '64:ff9b::1.2.3.4']) {
    const parsed = parseAddress(text);
    assert.ok(parsed.ok, text);
    const family = parsed.value.family === 'IPv4' ? 'ipv4' : 'ipv6';
    list.addAddress(formatAddress(parsed.value), family);
    assert.ok(list.check(text, family), text);
  }
});

test('the name of a Vip is the address in one canonical form (A4)', () => {
  const nameOf = (text: string) => {
    const parsed = parseAddress(text);
    return parsed.ok ? vipName(parsed.value) : undefined;
  };
  assert.equal(nameOf('2001:db8::1'), '2001-db8-0-0-0-0-0-1');
  assert.equal(nameOf('2001:DB8:0::0001'), '2001-db8-0-0-0-0-0-1');
  assert.equal(nameOf('10.40.0.9'), '10.40.0.9');
});
