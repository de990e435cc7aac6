/** What goes to VIPs comes to HAProxy, and agents notice where it does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holderOf, liveNodes } from '../lab/story/view.ts';
import { ownNamespace, servingLab, untilCondition } from './cluster.ts';
import { servedWeb } from './web.ts';

const ofNode = (name: string) => ({ resource: 'vipnode', name });

test('every node reaches the VIPs; one on which another takes the packets says so', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'reached');
  const [address = ''] = await servedWeb(lab, { name: 'shop', namespace });
  const nodes = await liveNodes(lab);
  for (const { name } of nodes) {
    const wanted = { type: 'VipsReached', status: 'True', message: /answer where their ports/ };
    await untilCondition(lab, ofNode(name), wanted);
  }
  const holder = await holderOf(lab, address);
  const other = nodes.find(({ name }) => name !== holder.name);
  assert.ok(other);
  // As kube-proxy would where ipMode is not Proxy, or a CNI at connect(2).
  const rule = `ip daddr ${address} tcp dport 80 redirect to :10250;`;
  const chain = `chain output { type nat hook output priority -150; ${rule} }`;
  await other.exec(['nft', `table ip thief {\n${chain}\n}`]);
  try {
    const wanted = { type: 'VipsReached', status: 'False', message: new RegExp(`${address}:80`) };
    await untilCondition(lab, ofNode(other.name), { ...wanted, boundSeconds: 240 });
  } finally {
    await other.exec(['nft', 'delete', 'table', 'ip', 'thief']);
  }
  await untilCondition(lab, ofNode(other.name), {
    ...{ type: 'VipsReached', status: 'True', message: /./ },
    boundSeconds: 240,
  });
});
