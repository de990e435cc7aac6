import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aService } from '../../test/build/cluster.ts';
import { sourceRangesMax } from '../tables/limits.ts';
import { servable } from './servable.ts';
import { sourceRangesOf, sourcesOfEither, sourcesOfFamily } from './source-ranges.ts';

const annotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** Who may connect to a VIP of each family, or what is wrong with the list. */
function allowed(of: { ranges?: readonly string[]; annotated?: string }) {
  const spec = { loadBalancerSourceRanges: of.ranges ?? [] };
  const annotations = of.annotated === undefined ? {} : { [annotation]: of.annotated };
  const ranges = sourceRangesOf(aService('shop/web', { spec, annotations }));
  if (!ranges.ok) return ranges.problem;
  return [sourcesOfFamily(ranges.value, 'IPv4'), sourcesOfFamily(ranges.value, 'IPv6')];
}

test('an empty list of source ranges opens, as everywhere (R56)', () => {
  assert.deepEqual(allowed({}), [undefined, undefined]);
  assert.deepEqual(allowed({ annotated: ' ' }), [undefined, undefined]);
});

test('padding is legal, host bits are masked, twins are one; the order is fixed (R56)', () => {
  const ranges = [' 192.0.2.7/24', '10.0.0.0/8 ', '192.0.2.0/24', '2001:db8::1/32'];
  assert.deepEqual(allowed({ ranges }), [['10.0.0.0/8', '192.0.2.0/24'], ['2001:db8::/32']]);
});

test('a zero-length prefix is all of its family, whatever stands beside it (R56)', () => {
  assert.deepEqual(allowed({ ranges: ['10.0.0.0/8', '0.0.0.0/0', 'fd00::/8'] }), [
    undefined,
    ['fd00::/8'],
  ]);
});

test('with ranges of the other family alone a family is closed (R57)', () => {
  assert.deepEqual(allowed({ ranges: ['10.0.0.0/8'] }), [['10.0.0.0/8'], []]);
});

test('where clients of both families come, all of one is not everybody', () => {
  const either = (...ranges: string[]) => {
    const read = sourceRangesOf(
      aService('shop/web', { spec: { loadBalancerSourceRanges: ranges } }),
    );
    assert.ok(read.ok);
    return sourcesOfEither(read.value);
  };
  assert.equal(either(), undefined);
  assert.deepEqual(either('10.0.0.0/8', 'fd00::1/8'), ['10.0.0.0/8', 'fd00::/8']);
  assert.deepEqual(either('10.0.0.0/8'), ['10.0.0.0/8']);
  assert.deepEqual(either('0.0.0.0/0'), ['0.0.0.0/0']);
  assert.deepEqual(either('::/0', '10.0.0.0/8'), ['10.0.0.0/8', '::/0']);
  assert.equal(either('::/0', '0.0.0.0/0', 'fd00::/8'), undefined);
});

test('source ranges in the annotation count where the field is empty (R58)', () => {
  const annotated = '192.0.2.0/24, 198.51.100.7/32';
  assert.deepEqual(allowed({ annotated }), [['192.0.2.0/24', '198.51.100.7/32'], []]);
  assert.deepEqual(allowed({ annotated, ranges: ['10.0.0.0/8'] }), [['10.0.0.0/8'], []]);
});

test('what cannot be read, or is too much, lets nobody in and says what is wrong', () => {
  assert.equal(
    allowed({ annotated: '10.0.0.0/8,' }),
    `source range "" of ${annotation} is not an address with a length: write for example 192.0.2.0/24`,
  );
  const long = String(allowed({ ranges: ['10.0.0.0/33'] }));
  assert.match(long, /"10.0.0.0\/33" of spec.loadBalancerSourceRanges has a prefix length/);
  const many = Array.from(
    { length: sourceRangesMax + 1 },
    (_, n) => `10.${n >> 8}.${n & 255}.0/24`,
  );
  assert.match(String(allowed({ ranges: many })), /lists 1001 source ranges, and 1000/);
  const { ports, refusal } = servable(aService('shop/web', { annotations: { [annotation]: 'x' } }));
  assert.deepEqual([ports, refusal?.code], [[], 'SourceRangesInvalid']);
});
