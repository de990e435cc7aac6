/** One node, and five: the smallest cluster and the largest VRRP group by default. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sayOnStderr } from '../lab/say.ts';
import { converged } from '../lab/story/converged.ts';
import { identities } from '../lab/story/fairlead.ts';
import { answers } from '../lab/story/step-programmed.ts';
import { applyPool, bringUp } from '../lab/story/step-ready.ts';
import { takenOver } from '../lab/story/taken-over.ts';
import { holderOf, published } from '../lab/story/view.ts';
import { ownNamespace, servingLab, whileOthersAreServed } from './cluster.ts';
import { servedWeb } from './web.ts';

test('two nodes join a running cluster: no VIP moves, others are served, and they can take over', async (t) => {
  const lab = await servingLab();
  const [address = ''] = (await published(lab, 'web')).addresses;
  const before = await holderOf(lab, address);
  await whileOthersAreServed(lab, async () => {
    while (lab.nodes.length < 5) await lab.addNode();
    await converged(lab);
  });
  assert.equal((await holderOf(lab, address)).name, before.name);
  const namespace = await ownNamespace(t, lab, 'five-nodes');
  const addresses = await servedWeb(lab, { name: 'shop', namespace });
  const holder = await holderOf(lab, addresses[0] ?? '');
  await holder.kill();
  await takenOver(lab, { service: { name: 'shop', addresses, port: 80 }, from: holder.name });
  await holder.return();
  await converged(lab);
});

test('a cluster of one node serves, and serves again after a power cut', async () => {
  const lab = await bringUp({ nodes: 1, say: sayOnStderr, id: `one${process.pid}` });
  try {
    await applyPool(lab);
    const web = { name: 'web', namespace: 'default' };
    const addresses = await servedWeb(lab, web);
    const before = await identities(lab);
    await lab.killAllNodes();
    await lab.node('n1').return();
    await converged(lab);
    const client = await lab.client('others');
    for (const address of addresses) await answers({ client }, { address, port: 80 });
    assert.deepEqual(await identities(lab), before);
  } finally {
    await lab.down();
  }
});
