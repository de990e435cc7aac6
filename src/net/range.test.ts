import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import type { Range } from './address.ts';
import { parseAddress } from './parse-address.ts';
import { formatRange, parseRange } from './parse-range.ts';
import { formatPrefix, isConnected, networkOf, parsePrefix, segmentName } from './prefix.ts';
import { contains, sharedPart, sizeOf, without } from './range.ts';
import { specialUse } from './special.ts';

test('ranges read as the table of allocation.md section 2 says (A8, A9)', () => {
  assert.equal(formatRange(range('10.40.0.9/30')), '10.40.0.8/30');
  assert.equal(sizeOf(range('10.40.0.20 - 10.40.0.22')), 3n);
  assert.equal(sizeOf(range(' 10.40.0.7-10.40.0.7 ')), 1n);
  assert.equal(sizeOf(range('10.40.0.7')), 1n);
  assert.equal(formatRange(range('2001:db8:40::/126')), '2001:db8:40::/126');
  assert.equal(formatRange(range('10.40.0.20-10.40.0.22')), '10.40.0.20-10.40.0.22');
});

test('a range that cannot be is refused with its reason (A10)', () => {
  assert.match(problem('10.40.0.22-10.40.0.20'), /starts after its end/);
  assert.match(problem('10.40.0.22-2001:db8::1'), /mixes/);
  assert.match(problem('10.40.0.0/33'), /0 to 32/);
  assert.match(problem('10.40.0.0/08'), /0 to 32/);
  assert.match(problem('10.40.0.08/30'), /leading zero/);
  assert.match(problem('::ffff:10.40.0.8/128'), /IPv4 address written as IPv6/);
  assert.match(problem('10.40.0.1-10.40.0.2-10.40.0.3'), /more than one/);
  assert.match(problem(''), /not an address/);
});

test('a size is exact however large (A13)', () => {
  assert.equal(sizeOf(range('2001:db8::/64')), 2n ** 64n);
  assert.equal(sizeOf(range('::/0')), 2n ** 128n);
});

test('touching ranges share their common address (A11, A12; ip-num says no)', () => {
  assert.deepEqual(
    sharedPart(range('10.0.0.1-10.0.0.2'), range('10.0.0.2-10.0.0.3')),
    range('10.0.0.2'),
  );
  assert.equal(sharedPart(range('10.0.0.1'), range('10.0.0.2')), undefined);
  assert.equal(sharedPart(range('0.0.0.0/0'), range('::/0')), undefined);
});

test('taking ranges out leaves exactly the other addresses', () => {
  const small = fc
    .tuple(fc.bigInt(0n, 40n), fc.bigInt(0n, 40n))
    .map(([first, more]): Range => ({ family: 'IPv4', first, last: first + more }));
  fc.assert(
    fc.property(small, fc.array(small, { maxLength: 4 }), (whole, holes) => {
      const left = without([whole], holes);
      for (let value = 0n; value <= 80n; value += 1n) {
        const address = { family: 'IPv4' as const, value };
        const expected = contains(whole, address) && !holes.some((hole) => contains(hole, address));
        assert.equal(left.filter((part) => contains(part, address)).length, expected ? 1 : 0);
      }
    }),
    propertyRuns(import.meta.filename, 200),
  );
});

test('an interface address tells its network and its segment', () => {
  const parsed = prefix('10.99.0.11/24');
  assert.equal(formatPrefix(parsed), '10.99.0.11/24');
  assert.deepEqual(networkOf(parsed), range('10.99.0.0/24'));
  assert.ok(isConnected(parsed, address('10.99.0.200')));
  assert.ok(!isConnected(parsed, address('10.98.0.200')));
  assert.equal(segmentName([prefix('fd00::b/64'), parsed]), '10.99.0.0-24');
  assert.equal(
    segmentName([prefix('fe80::1/64'), prefix('fd00:1::b/64')]),
    'fd00-1-0-0-0-0-0-0-64',
  );
  assert.equal(segmentName([prefix('10.0.0.1/32'), prefix('fe80::1/64')]), undefined);
});

test('an address or length that is not one is no prefix', () => {
  for (const text of ['10.0.0.1', '10.0.0.1/33', '10.0.0.1/-1', '10.0.0.1/8/8', 'x/8', '::1/129']) {
    assert.equal(parsePrefix(text).ok, false, text);
  }
});

test('addresses nobody may dial or hold are told (P11)', () => {
  const uses = ['127.0.0.1', '169.254.169.254', '224.0.0.18', '0.0.0.0', '255.255.255.255'];
  assert.deepEqual(
    uses.map((text) => specialUse(address(text))),
    ['loopback', 'link-local', 'multicast', 'unspecified', 'reserved'],
  );
  assert.deepEqual(
    ['::1', 'fe80::1', 'ff02::12', '::'].map((text) => specialUse(address(text))),
    ['loopback', 'link-local', 'multicast', 'unspecified'],
  );
  assert.equal(specialUse(address('10.0.0.1')), undefined);
  assert.equal(specialUse(address('fd00::1')), undefined);
});

function range(text: string): Range {
  const parsed = parseRange(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

function problem(text: string): string {
  const parsed = parseRange(text);
  return parsed.ok ? '' : parsed.problem;
}

function prefix(text: string) {
  const parsed = parsePrefix(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

function address(text: string) {
  const parsed = parseAddress(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}
