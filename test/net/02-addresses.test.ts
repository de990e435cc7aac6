/** Addresses that are shared, moved, passed on and quarantined, with clients that use them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lab } from '../lab/lab.ts';
import { signalByCommand } from '../lab/story/breaking.ts';
import { answers } from '../lab/story/step-programmed.ts';
import { holderOf, kubeJson } from '../lab/story/view.ts';
import { whileNoVipMoves } from '../lab/story/vip-moves.ts';
import { failedRequests, failureList, patient, type Seen, startWatch } from '../lab/story/watch.ts';
import { waitFor } from '../lab/wait-for.ts';
import { apply, ownNamespace, ownPool, servingLab, whileOthersAreServed } from './cluster.ts';
import { addressesOf, servedWeb, type Web } from './web.ts';

const ranges = ['10.99.0.130-10.99.0.139', 'fd00:10:99::130-fd00:10:99::13f'];
const key = { 'fairlead.dev/sharing-key': 'front' };

test('two Services share their addresses; the one that stays is served on (A32, A57)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'sharing');
  const first = { name: 'first', namespace, port: 80, annotations: key };
  const second = { name: 'second', namespace, port: 81, annotations: key };
  await whileOthersAreServed(lab, async () => {
    const scene = { lab, say: (line: string) => t.diagnostic(line) };
    const seen = await whileNoVipMoves(scene, async () => {
      const addresses = await servedWeb(lab, first);
      assert.deepEqual(await servedWeb(lab, second), addresses);
      return await seenWhileLeft(lab, { namespace, addresses });
    });
    assert.equal(failedRequests(seen), 0, failureList(seen).join(', '));
  });
});

/** What clients of the second Service see while the first one is deleted. */
async function seenWhileLeft(
  lab: Lab,
  { namespace, addresses }: { readonly namespace: string; readonly addresses: readonly string[] },
): Promise<Seen[]> {
  const client = await lab.client('others');
  const stays = { name: 'second', addresses, port: 81 };
  await using watch = await startWatch({ client }, [stays], { ...patient, everyMs: 20 });
  await lab.kubectl(['delete', 'service', 'first', '--namespace', namespace, '--timeout=60s']);
  await untilPhase(lab, addresses[0] ?? '', (vip) => vip.spec.holders?.length === 1);
  const refused = await client
    .exec(['curl', '-sS', '-m', '3', `http://${addresses[0]}:80/hostname`])
    .then(() => 'answered', String);
  assert.match(refused, /Couldn't connect|reset/, 'nobody has port 80 there any more');
  return await watch.stop();
}

test('a Service that asks for other addresses always answers on the old or the new ones (A31)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'moving');
  await ownPool(t, lab, { name: 'moving', spec: { addresses: ranges, coolDownSeconds: 0 } });
  const web = { name: 'shop', namespace, pool: 'moving' };
  await whileOthersAreServed(lab, async () => {
    const old = await servedWeb(lab, web);
    const wanted = ['10.99.0.139', 'fd00:10:99::13f'];
    const client = await lab.client('others');
    const asking = client.exec(['sh', '-c', eitherAnswers, 'sh', old[0] ?? '', wanted[0] ?? '']);
    await annotate(lab, web, `fairlead.dev/ip-addresses=${wanted.join(',')}`);
    await waitFor({ what: 'the new addresses', boundSeconds: 30, everyMs: 100 }, async () => {
      const now = await addressesOf(lab, web, 2);
      return now.join() === wanted.join() || now.join();
    });
    for (const address of wanted) await answers({ client }, { address, port: 80 });
    assert.equal((await asking).trim(), '0', 'times when neither answered');
    await untilPhase(lab, old[0] ?? '', undefined);
  });
});

/** Asks the old address and, where it does not answer, the new one, for 15 seconds. */
const eitherAnswers = `
  neither=0
  end=$(($(date +%s) + 15))
  while [ $(date +%s) -lt $end ]; do
    curl -sf -m 1 -o /dev/null "http://$1/hostname" ||
      curl -sf -m 1 -o /dev/null "http://$2/hostname" || neither=$((neither + 1))
    sleep 0.05
  done
  echo $neither`;

test('a range that goes over to another pool takes its address along (A47, C22)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'renamed');
  const spec = { addresses: ranges, coolDownSeconds: 0 };
  t.after(() => lab.kubectl(['delete', 'vippool', 'before', 'after', '--ignore-not-found']));
  await apply(lab, vipPool('before', spec));
  const web = { name: 'shop', namespace, pool: 'before' };
  await whileOthersAreServed(lab, async () => {
    const addresses = await servedWeb(lab, web);
    await apply(lab, vipPool('after', spec));
    await annotate(lab, web, 'fairlead.dev/pool=after');
    const client = await lab.client('others');
    const published = { name: 'shop', addresses, port: 80 };
    await using watch = await startWatch({ client }, [published], { ...patient, everyMs: 20 });
    await lab.kubectl(['delete', 'vippool', 'before', '--timeout=120s'], { timeoutSeconds: 130 });
    await untilPhase(lab, addresses[0] ?? '', (vip) => vip.spec.pool === 'after');
    for (const address of addresses) await answers({ client }, { address, port: 80 });
    const seen = await watch.stop();
    const gap = Math.max(...seen.map(({ longestGapMs }) => longestGapMs));
    t.diagnostic(`longest gap ${Math.round(gap)} ms; failed: ${failureList(seen).join(', ')}`);
    assert.deepEqual(await addressesOf(lab, web, 2), addresses);
  });
});

test('an address that a silent node may still serve is quarantined until it says so (A64)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'silent');
  const web = { name: 'shop', namespace };
  const [address = ''] = await servedWeb(lab, web);
  const node = await holderOf(lab, address);
  const agent = `--node=${node.name}`;
  t.after(() => signalByCommand(node, agent, 'CONT').catch(() => ''));
  await signalByCommand(node, agent, 'STOP');
  await lab.kubectl(['delete', 'service', 'shop', '--namespace', namespace, '--timeout=60s']);
  await untilPhase(lab, address, ({ spec }) => spec.phase === 'Quarantined');
  const vip = await kubeJson<RawVip>(lab, ['get', 'vip', address]);
  assert.deepEqual(vip.spec.awaitedNodes, [node.name]);
  await signalByCommand(node, agent, 'CONT');
  await untilPhase(lab, address, ({ spec }) => spec.phase === 'Cooling');
});

type RawVip = {
  readonly spec: {
    readonly pool: string;
    readonly phase: string;
    readonly holders?: readonly unknown[];
    readonly awaitedNodes?: readonly string[];
  };
};

function vipPool(name: string, spec: object): object {
  return { apiVersion: 'fairlead.dev/v1alpha1', kind: 'VipPool', metadata: { name }, spec };
}

async function annotate(lab: Lab, web: Web, text: string): Promise<void> {
  const of = ['service', web.name, '--namespace', web.namespace];
  await lab.kubectl(['annotate', '--overwrite', ...of, text]);
}

/** Waits until the Vip of an address is as wanted; `undefined` wants it gone. */
async function untilPhase(
  lab: Lab,
  address: string,
  isWanted: ((vip: RawVip) => boolean) | undefined,
): Promise<void> {
  await waitFor({ what: `Vip ${address}`, boundSeconds: 90, everyMs: 250 }, async () => {
    const args = ['get', 'vip', '--field-selector', `metadata.name=${address}`];
    const [vip] = (await kubeJson<{ items: RawVip[] }>(lab, args)).items;
    const isThere = vip === undefined ? isWanted === undefined : isWanted?.(vip);
    return isThere || JSON.stringify(vip?.spec ?? 'gone');
  });
}
