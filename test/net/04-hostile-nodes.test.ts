/** What goes wrong on nodes: somebody else's process on our port, a firewall against VRRP. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { giveUp, killByCommand } from '../lab/story/breaking.ts';
import { converged } from '../lab/story/converged.ts';
import { holderOf, holdersOf, kubeJson } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import {
  apply,
  ownNamespace,
  servingLab,
  untilCondition,
  whileOthersAreServed,
} from './cluster.ts';
import { servedWeb, webObjects } from './web.ts';

test('a port that a host process has on every address is left out and named; other ports serve (R42)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'port-taken');
  const web = { name: 'shop', namespace, port: 8888 };
  const stop = async (): Promise<void> => {
    await Promise.all(lab.nodes.map((node) => killByCommand(node, stranger).catch(() => '')));
  };
  t.after(stop);
  await Promise.all(lab.nodes.map((node) => listenOnEveryAddress(node, web.port)));
  await whileOthersAreServed(lab, async () => {
    await apply(lab, ...webObjects(web));
    const condition = await untilCondition(
      lab,
      { resource: 'service', ...web },
      { type: 'fairlead.dev/PortsServed', status: 'False', message: /port 8888 is taken on node/ },
    );
    assert.equal(condition.reason, 'PortConflict');
    await stop();
    await servedWeb(lab, web);
  });
});

/** Stands in the command line of the process that takes the port. */
const stranger = 'a-forgotten-daemon';

/** A host process of a node that listens on 0.0.0.0:port, as a forgotten daemon would. */
async function listenOnEveryAddress(node: LabNode, port: number): Promise<void> {
  const script = `require('node:net').createServer().listen(${port}, '0.0.0.0')`;
  const command = [process.execPath, '-e', script, stranger];
  const [program = '', ...args] = await node.command(command);
  spawn(program, args, { stdio: 'ignore' }).unref();
  await waitFor(
    { what: `port ${port} to be taken on ${node.name}`, boundSeconds: 20 },
    async () => {
      const listeners = await node.exec(['ss', '-Hltn', `sport = :${port}`]);
      return listeners.includes('0.0.0.0') ? true : listeners || 'nobody listens';
    },
  );
}

const drop112 =
  'table inet stranger { chain in { type filter hook input priority -300; meta l4proto 112 drop; }; }';

test('two nodes that hold one instance because one is deaf are both named, and it heals', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'deaf');
  const [address = ''] = await servedWeb(lab, { name: 'shop', namespace });
  const { name, deaf } = await weakerMember(lab, address);
  await deaf.exec(['nft', '-f', '-'], { stdin: drop112 });
  const heal = async (): Promise<void> => {
    await deaf.exec(['nft', 'delete', 'table', 'inet', 'stranger']).catch(() => '');
  };
  t.after(heal);
  const condition = await untilCondition(
    lab,
    { resource: 'vrrpinstance', name },
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

type RawVip = { readonly spec: { readonly instance: string } };
type RawInstance = {
  readonly spec: {
    readonly pool: string;
    readonly vrid: number;
    readonly members: readonly { readonly node: string; readonly rank: number }[];
  };
};

/** The VIP's instance, and a member that ranks behind its holder: deaf, it takes the VIP too. */
async function weakerMember(lab: Lab, address: string): Promise<{ name: string; deaf: LabNode }> {
  const name = (await kubeJson<RawVip>(lab, ['get', 'vip', address])).spec.instance;
  const { spec } = await kubeJson<RawInstance>(lab, ['get', 'vrrpinstance', name]);
  const [first, second] = spec.members.toSorted((a, b) => a.rank - b.rank);
  const holder = await holderOf(lab, address);
  if (holder.name !== first?.node) await giveUp(holder, spec);
  await waitFor({ what: `${first?.node} to hold ${address}`, boundSeconds: 20 }, async () => {
    const holders = await holdersOf(lab, address);
    return (holders.length === 1 && holders[0] === first?.node) || holders.join(', ');
  });
  return { name, deaf: lab.node(second?.node ?? '') };
}
