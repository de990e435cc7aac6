/** Only clients that the Service allows connect to its VIPs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabClient } from '../lab/client.ts';
import { outcomeOf } from '../lab/command.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { patchService } from '../lab/patch-service.ts';
import { kubeJson, liveNodes } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { webUrl } from '../lab/web-url.ts';
import { ownNamespace, servingLab } from './cluster.ts';
import { servedWeb, type Web } from './web.ts';

test('source ranges: who is not in them is closed, by both families; clearing opens (R55, R57, R59)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'ranges');
  const web = { name: 'guarded', namespace };
  const addresses = await servedWeb(lab, web);
  const [friend, stranger] = [await lab.client('others'), await lab.client('stranger')];
  const open = [true, true, true, true];
  const asked = () => answered(addresses, [friend, stranger]);
  assert.deepEqual(await asked(), open);
  await allow(lab, web, [`${friend.ipv4}/32`, `${friend.ipv6}/128`]);
  await until('the stranger is closed', asked, [true, true, false, false]);
  await allow(lab, web, [`${friend.ipv4}/32`]);
  await until('IPv6 is closed for both', asked, [true, false, false, false]);
  await allow(lab, web, ['0.0.0.0/0', `${stranger.ipv6}/128`]);
  await until('IPv4 is open, IPv6 for the stranger', asked, [true, false, true, true]);
  await allow(lab, web, []);
  await until('everybody is served', asked, open);
});

test('source ranges: a node is known by its own address (R60)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'ranges-node');
  const web = { name: 'guarded', namespace };
  const [address = ''] = (await servedWeb(lab, web)).filter((each) => !each.includes(':'));
  const holder = (await kubeJson<RawVip>(lab, ['get', 'vip', address])).status.node;
  const others = (await liveNodes(lab)).filter(({ name }) => name !== holder);
  const [inside, outside] = others;
  assert.ok(inside !== undefined && outside !== undefined, 'three nodes');
  await allow(lab, web, [`${inside.ipv4}/32`]);
  const curl = ['curl', '-sS', '-m', '3', webUrl(address, 80)];
  const isAnswered = async (node: LabNode) =>
    node.exec(curl).then(
      () => true,
      () => false,
    );
  const asked = async () => [await isAnswered(inside), await isAnswered(outside)];
  await until(`only ${inside.name} is served`, asked, [true, false]);
});

type RawVip = { readonly status: { readonly node: string } };

async function allow(lab: Lab, web: Web, loadBalancerSourceRanges: readonly string[]) {
  await patchService(lab, web, { loadBalancerSourceRanges });
}

/** Client by client, for IPv4 and IPv6, whether it gets an answer. */
async function answered(
  addresses: readonly string[],
  clients: readonly LabClient[],
): Promise<boolean[]> {
  const inOrder = addresses.toSorted((a, b) => a.indexOf(':') - b.indexOf(':'));
  const all: boolean[] = [];
  for (const client of clients) {
    for (const address of inOrder) {
      const curl = ['curl', '-sS', '-g', '-m', '3', webUrl(address, 80)];
      all.push((await outcomeOf(client.command(curl))).status === 0);
    }
  }
  return all;
}

async function until(
  what: string,
  asked: () => Promise<boolean[]>,
  expected: readonly boolean[],
): Promise<void> {
  await waitFor({ what, boundSeconds: 30, everyMs: 200 }, async () => {
    const found = await asked();
    return found.join() === expected.join() || found.join();
  });
}
