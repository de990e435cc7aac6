/** What goes wrong on nodes: somebody else's process on our port, a firewall against VRRP. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import type { LabNode } from '../lab/node.ts';
import { converged } from '../lab/story/converged.ts';
import { holderOf, holdersOf, kubeJson } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { apply, ownNamespace, sharedLab, untilCondition, whileOthersAreServed } from './cluster.ts';
import { servedWeb, webObjects } from './web.ts';

test('a port that a host process has on every address is left out and named; other ports serve', async (t) => {
  const lab = await sharedLab();
  const namespace = await ownNamespace(t, lab, 'port-taken');
  const web = { name: 'shop', namespace, port: 8888 };
  const processes = await Promise.all(
    lab.nodes.map((node) => listenOnEveryAddress(node, web.port)),
  );
  const stop = (): void => processes.forEach((one) => void one.kill('SIGKILL'));
  t.after(stop);
  await whileOthersAreServed(lab, async () => {
    await apply(lab, ...webObjects(web));
    const condition = await untilCondition(
      lab,
      { resource: 'service', ...web },
      { type: 'fairlead.dev/PortsServed', status: 'False', message: /port 8888 is taken on node/ },
    );
    assert.equal(condition.reason, 'PortConflict');
    stop();
    await servedWeb(lab, web);
  });
});

/** A host process of a node that listens on 0.0.0.0:port, as a forgotten daemon would. */
async function listenOnEveryAddress(
  node: LabNode,
  port: number,
): Promise<ReturnType<typeof spawn>> {
  const script = `require('node:net').createServer().listen(${port}, '0.0.0.0')`;
  const [program = '', ...args] = await node.command([process.execPath, '-e', script]);
  const child = spawn(program, args, { stdio: 'ignore' });
  await waitFor(
    { what: `port ${port} to be taken on ${node.name}`, boundSeconds: 10 },
    async () => {
      const listeners = await node.exec(['ss', '-Hltn', `sport = :${port}`]);
      return listeners.includes('0.0.0.0') ? true : listeners || 'nobody listens';
    },
  );
  return child;
}

const drop112 =
  'table inet stranger { chain in { type filter hook input priority -300; meta l4proto 112 drop; }; }';

test('two nodes that hold one instance because one is deaf are both named, and it heals', async (t) => {
  const lab = await sharedLab();
  const namespace = await ownNamespace(t, lab, 'deaf');
  const [address = ''] = await servedWeb(lab, { name: 'shop', namespace });
  const { instance } = (
    await kubeJson<{ readonly spec: { readonly instance: string } }>(lab, ['get', 'vip', address])
  ).spec;
  const holder = await holderOf(lab, address);
  const deaf = lab.nodes.find((node) => node.name !== holder.name);
  assert.ok(deaf);
  await deaf.exec(['nft', '-f', '-'], { stdin: drop112 });
  const heal = async (): Promise<void> => {
    await deaf.exec(['nft', 'delete', 'table', 'inet', 'stranger']).catch(() => '');
  };
  t.after(heal);
  const condition = await untilCondition(
    lab,
    { resource: 'vrrpinstance', name: instance },
    { type: 'Held', status: 'False', message: new RegExp(`${deaf.name} does not hear .*112`) },
  );
  assert.equal(condition.reason, 'TwoHolders');
  await heal();
  await waitFor({ what: 'one holder again', boundSeconds: 30 }, async () => {
    const holders = await holdersOf(lab, address);
    return holders.length === 1 ? true : holders.join(', ');
  });
  await converged(lab);
});
