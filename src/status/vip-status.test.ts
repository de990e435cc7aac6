import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot, eventsOf, written } from '../../test/build/cluster.ts';
import { converged } from '../../test/build/converge.ts';
import { allocate } from '../allocate/allocate.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { clusterStatus } from './cluster-status.ts';

const say = (snapshot: ClusterSnapshot) => clusterStatus(snapshot, allocate(snapshot));

const held = converged(
  aSnapshot({ pools: [aPool('edge', ['10.40.0.8/30'])], services: [aService('shop/web')] }),
);

test('A65: whoever has the address is told once that its Vip was deleted by hand', () => {
  const deleted = { ...held, vips: held.vips.map((vip) => ({ ...vip, deleting: true })) };
  const first = say(deleted);
  const warnings = eventsOf(first).filter(({ reason }) => reason === 'VipInUse');
  assert.deepEqual(
    warnings.map(({ type, regarding, message }) => [type, regarding.name, message]),
    [
      [
        'Warning',
        'web',
        'Vip 10.40.0.8 was deleted while shop/web has the address; it stays until that ends',
      ],
    ],
  );
  const later = written(deleted, first);
  assert.equal(
    later.vips[0]?.conditions.some(({ type }) => type === 'DeletionWaits'),
    true,
  );
  assert.deepEqual(eventsOf(say(later)), []);
});

test('A65: a Vip that nobody deleted says nothing of deletion', () => {
  const types = held.vips.flatMap(({ conditions }) => conditions.map(({ type }) => type));
  assert.equal(types.includes('DeletionWaits'), false);
});
