import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, applied, aService, aSnapshot } from '../../test/build/cluster.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { formatAddress } from '../net/format-address.ts';
import { allocate } from './allocate.ts';

test('example of section 3', () => {
  const s = aSnapshot({
    pools: [aPool('edge', ['10.40.0.8-10.40.0.9', '10.40.0.4/31'])],
    services: [
      aService('shop/a'),
      aService('shop/b', { ageSeconds: 90 }),
      aService('shop/c', { families: ['IPv4'], ageSeconds: 80 }),
    ],
  });
  const a = allocate(s);
  console.log(JSON.stringify(a.operations, null, 1), a.outcomes, a.wakeAtMs);
  const b = allocate(applied(s, a.operations));
  assert.deepEqual(b.operations, []);
});
