/** Two pools on the same nodes: own daemons, own VRIDs, and nothing of one reaches the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killHaproxy } from '../lab/story/breaking.ts';
import { converged } from '../lab/story/converged.ts';
import { identities } from '../lab/story/fairlead.ts';
import { holderOf } from '../lab/story/view.ts';
import { ownNamespace, ownPool, servingLab, whileOthersAreServed } from './cluster.ts';
import { servedWeb } from './web.ts';

const addresses = ['10.99.0.120-10.99.0.129', 'fd00:10:99::120-fd00:10:99::12f'];

test('a second pool serves beside the first, and losing its HAProxy costs the first nothing', async (t) => {
  const lab = await servingLab();
  await whileOthersAreServed(lab, async () => {
    // In this order: what is registered first is removed first, and a pool in use stays.
    const namespace = await ownNamespace(t, lab, 'two-pools');
    await ownPool(t, lab, { name: 'second', spec: { addresses, coolDownSeconds: 0 } });
    const vips = await servedWeb(lab, { name: 'shop', namespace, pool: 'second' });
    const vrids = new Map((await identities(lab)).map((line) => splitIdentity(line)));
    const ours = new Set(vips.map((vip) => vrids.get(vip)));
    const others = [...vrids].filter(([address]) => !vips.includes(address));
    assert.equal(ours.size, 1, 'both families are on one instance');
    assert.deepEqual(
      others.filter(([, vrid]) => ours.has(vrid)),
      [],
      'no VRID is used by both pools',
    );
    const holder = await holderOf(lab, vips[0] ?? '');
    await killHaproxy(holder, 'second');
    await converged(lab);
    await servedWeb(lab, { name: 'shop', namespace, pool: 'second' });
  });
});

function splitIdentity(line: string): [string, string] {
  const [address = '', vrid = ''] = line.split(' VRID ');
  return [address, vrid];
}
