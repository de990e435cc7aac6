/** Only clients that the Service allows connect to its VIPs, and no faster than it says. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabClient } from '../lab/client.ts';
import { outcomeOf } from '../lab/command.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { patchService } from '../lab/patch-service.ts';
import { holderOf, kubeJson, liveNodes } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { webUrl } from '../lab/web-url.ts';
import { figureIn, scrape } from './agent-metrics.ts';
import { apply, ownNamespace, servingLab, untilCondition, untilEvent } from './cluster.ts';
import { servedWeb, type Web, webService } from './web.ts';

/** Of curl: "failed to connect", which a refusal is and a time-out is not. */
const refused = 7;

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

test('connections-per-second-per-client: who is faster is closed and counted, others are served', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'ranges-rate');
  const web = { name: 'limited', namespace };
  const addresses = await servedWeb(lab, web);
  const [fast, steady] = [await lab.client('others'), await lab.client('stranger')];
  let steadyClosed = 0;
  for (const address of addresses) {
    assert.equal(await closedOf(fast, address, 30), 0, 'without a limit');
  }
  const limited = { 'fairlead.dev/connections-per-second-per-client': '5' };
  await apply(lab, webService({ ...web, annotations: limited }));
  for (const address of addresses) {
    await until('thirty at once are too many', async () => {
      return [(await closedOf(fast, address, 30)) > 0];
    }, [true]);
    const what = 'closed ones to be counted';
    await waitFor({ what, boundSeconds: 60, everyMs: 2_500 }, async () => {
      const before = await deniedAt(lab, address, namespace);
      const [tooFast, few] = await Promise.all([
        closedOf(fast, address, 200),
        closedOf(steady, address, 3),
      ]);
      steadyClosed += few;
      const counted = (await deniedAt(lab, address, namespace)) - before;
      return (tooFast > 0 && counted === tooFast) || `${counted} of ${tooFast}`;
    });
    const again = { what: 'who slows down to be served', boundSeconds: 30, everyMs: 2_500 };
    await waitFor(again, async () => (await closedOf(fast, address, 1)) === 0 || 'closed');
  }
  assert.equal(steadyClosed, 0, 'what the other one does is nothing to it');
});

test('a protecting setting that cannot be read closes a live Service; put right, it opens', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'ranges-unread');
  const web = { name: 'unread', namespace };
  const addresses = await servedWeb(lab, web);
  const client = await lab.client('others');
  const deny = async (ranges: string) => {
    const annotations = { 'fairlead.dev/denied-source-ranges': ranges };
    await apply(lab, webService({ ...web, annotations }));
  };
  const asked = () => answered(addresses, [client]);
  await deny('192.0.2.0/33');
  await until('nobody is served', asked, [false, false]);
  const of = { resource: 'service', ...web };
  const { reason } = await untilCondition(lab, of, {
    ...{ type: 'fairlead.dev/Programmed', status: 'False' },
    message: /denied-source-ranges is "192\.0\.2\.0\/33"/,
  });
  assert.equal(reason, 'GuardInvalid');
  await untilEvent(lab, of, { reason });
  for (const address of addresses) {
    const curl = ['curl', '-sS', '-g', '-m', '3', webUrl(address, 80)];
    assert.equal((await outcomeOf(client.command(curl))).status, refused, 'and not silent');
  }
  await deny('192.0.2.0/24');
  await until('everybody else is served', asked, [true, true]);
});

/** Of so many connections, one after the other as fast as curl can, those that are not served. */
async function closedOf(client: LabClient, address: string, times: number): Promise<number> {
  const urls = Array.from({ length: times }, () => webUrl(address, 80));
  const words = ['-sS', '-g', '-m', '5', '-H', 'Connection: close', '-w', '\n%{http_code}\n'];
  const { stdout } = await outcomeOf(client.command(['curl', ...words, ...urls]));
  const codes = stdout.split('\n').filter((line) => /^\d{3}$/.test(line));
  assert.equal(codes.length, times, stdout);
  return codes.filter((code) => code !== '200').length;
}

/** What the node that holds an address has counted of the Service. */
async function deniedAt(lab: Lab, address: string, namespace: string): Promise<number> {
  const labels = `{pool="edge",namespace="${namespace}",service="limited",port="80"}`;
  const text = await scrape(await holderOf(lab, address));
  return figureIn(text, `fairlead_service_denied_connections_total${labels}`);
}

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
