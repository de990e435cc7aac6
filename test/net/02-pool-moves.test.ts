/** A pool of one node moves to another: until pods run there, those of the old node stay. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Lab } from '../lab/lab.ts';
import { nodesNamespace } from '../lab/story/fairlead.ts';
import { answers } from '../lab/story/step-programmed.ts';
import { holdersOf, kubeJson, type List } from '../lab/story/view.ts';
import { longestGapMs, patient, startWatch } from '../lab/story/watch.ts';
import { waitFor } from '../lab/wait-for.ts';
import { apply, ownNamespace, ownPool, servingLab } from './cluster.ts';
import { servedWeb } from './web.ts';

const addresses = ['10.99.0.140-10.99.0.141', 'fd00:10:99::140-fd00:10:99::141'];
const poolName = 'moving';
const label = 'example.com/moving';
const moveSeconds = 120;

/** The pool's Service on the first node alone, which the label selects. */
async function onFirstNode(t: TestContext, lab: Lab): Promise<string> {
  const [first] = namesOf(lab);
  await lab.kubectl(['label', 'node', first, `${label}=yes`]);
  t.after(() => lab.kubectl(['label', 'node', ...namesOf(lab), `${label}-`]));
  // In this order: what is registered first is removed first, and a pool in use stays.
  const namespace = await ownNamespace(t, lab, poolName);
  const nodeSelector = { [label]: 'yes' };
  const spec = { addresses, coolDownSeconds: 0, nodeSelector };
  await ownPool(t, lab, { name: poolName, spec });
  const [vip = ''] = await servedWeb(lab, { name: 'shop', namespace, pool: poolName });
  return vip;
}

function namesOf(lab: Lab): readonly [string, string] {
  const [first, second] = lab.nodes.map(({ name }) => name);
  assert.ok(first !== undefined && second !== undefined);
  return [first, second];
}

type RawPod = {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
};

/** Nodes whose pod of the pool is there to stay. */
async function nodesWithPod(lab: Lab): Promise<string[]> {
  const selector = `fairlead.dev/pool=${poolName}`;
  const args = ['get', 'pods', '--namespace', nodesNamespace, '--selector', selector];
  const { items } = await kubeJson<List<RawPod>>(lab, args);
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return staying.flatMap(({ spec }) => spec.nodeName ?? []);
}

/** What the API server admits no pod by: the new node's cannot start, as if its image were far. */
const noMorePods = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'no-more-pods', namespace: nodesNamespace },
  spec: { hard: { pods: '0' } },
};

const admitPods = ['delete', 'resourcequota', noMorePods.metadata.name];

type RawInstance = {
  readonly spec: {
    readonly pool: string;
    readonly members: readonly { readonly node: string; readonly state: string }[];
  };
};

/** Waits until the node is a member: all that is wanting then is that it runs. */
async function untilMember(lab: Lab, node: string): Promise<void> {
  const wanted = { what: `${node} to be a member`, boundSeconds: moveSeconds, everyMs: 100 };
  await waitFor(wanted, async () => {
    const { items } = await kubeJson<List<RawInstance>>(lab, ['get', 'vrrpinstances']);
    const members = items
      .filter(({ spec }) => spec.pool === poolName)
      .flatMap(({ spec }) => spec.members);
    const isMember = members.some((one) => one.node === node && one.state === 'Member');
    return isMember || JSON.stringify(members);
  });
}

/** Who holds the VIP, and who has a pod for it. */
async function looked(lab: Lab, vip: string): Promise<string> {
  const holders = await holdersOf(lab, vip);
  const withPod = await nodesWithPod(lab);
  return `held by ${holders.join() || 'nobody'}, pods on ${withPod.join() || 'no node'}`;
}

const onlyOn = (node: string) => `held by ${node}, pods on ${node}`;

/** So often is looked whether the old node goes on; a controller would long have sent it away. */
const looks = 10;

/** The pool goes to the other node, whose pod may not start before the old one was looked at. */
async function moves(
  { lab, vip }: { readonly lab: Lab; readonly vip: string },
  to: string,
  how: () => Promise<unknown>,
): Promise<void> {
  const [first, second] = namesOf(lab);
  const from = to === first ? second : first;
  await apply(lab, noMorePods);
  await how();
  await untilMember(lab, to);
  for (let look = 0; look < looks; look += 1) {
    assert.equal(await looked(lab, vip), onlyOn(from), `${to} does not run yet`);
  }
  await lab.kubectl([...admitPods, '--namespace', nodesNamespace]);
  const wanted = { what: `${vip} to be on ${to} alone`, boundSeconds: moveSeconds, everyMs: 100 };
  await waitFor(wanted, async () => {
    const seen = await looked(lab, vip);
    return seen === onlyOn(to) || seen;
  });
}

test('a pool that moves to another node serves from the old one until the new one runs', async (t) => {
  const lab = await servingLab();
  const [first, second] = namesOf(lab);
  const vip = await onFirstNode(t, lab);
  t.after(() => lab.kubectl([...admitPods, '--namespace', nodesNamespace, '--ignore-not-found']));
  const client = await lab.client('others');
  const service = { name: 'shop', addresses: [vip], port: 80 };
  await using watch = await startWatch({ client }, [service], { ...patient, everyMs: 20 });
  const moving = async (to: string, how: () => Promise<unknown>): Promise<void> => {
    watch.mark();
    await moves({ lab, vip }, to, how);
    await answers({ client }, { address: vip, port: 80 });
    const seen = watch.since();
    t.diagnostic(`to ${to}: silent for ${longestGapMs(seen, 'shop')} ms at most`);
  };
  // The node loses its label: the DaemonSet controller knows as soon as the product does.
  await moving(second, async () => {
    await lab.kubectl(['label', 'node', second, `${label}=yes`, '--overwrite']);
    await lab.kubectl(['label', 'node', first, `${label}-`]);
  });
  // The pool says another node.
  await moving(first, async () => {
    const nodeSelector = { [label]: null, 'kubernetes.io/hostname': first };
    const patch = JSON.stringify({ spec: { nodeSelector } });
    await lab.kubectl(['patch', 'vippool', poolName, '--type=merge', '--patch', patch]);
  });
});
