/** Does to the cluster what the plan says, the hard way. */
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { killHaproxy, killPod } from '../lab/story/breaking.ts';
import { controllerNamespace, nodesNamespace, pool } from '../lab/story/fairlead.ts';
import { holderOf, holdersOfAll, kubeJson, type List, liveNodes } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import type { Action, Victim, World } from './network-plan.ts';
import { type Serving, scale, serve, unserve } from './soak-service.ts';

/** The cluster under the soak: its Services by name, as they were published when made. */
export type Soak = { readonly lab: Lab; readonly serving: Map<string, Serving> };

/** What an action did, as far as its judge must know. */
export type Done = {
  /** For people: on whom it fell. */
  readonly told: string;
  /** Addresses that have to move because this node lost them; all others have to stay. */
  readonly moved?: { readonly from: string; readonly addresses: readonly string[] };
  /** Addresses that nobody may hold any longer. */
  readonly released?: readonly string[];
};

/** Plays one action to its end; the cluster may still have to settle. */
export async function play(soak: Soak, action: Action, world: World): Promise<Done> {
  switch (action.kind) {
    case 'service-create': {
      const { service: name, replicas } = action;
      const made = await serve(soak.lab, { name, replicas });
      soak.serving.set(name, made);
      return { told: `${name} on ${made.published.addresses.join(' and ')}` };
    }
    case 'service-delete':
      return await released(soak, action.service);
    case 'scale-up':
    case 'scale-down': {
      const before = world.services.find(({ name }) => name === action.service)?.replicas ?? 0;
      const count = action.kind === 'scale-up' ? before + 1 : before - 1;
      await scale(soak.lab, action.service, count);
      return { told: `${action.service} from ${before} to ${count}` };
    }
    case 'node-kill':
    case 'haproxy-kill':
    case 'agent-kill':
      return await struck(soak, action.kind, await victimNode(soak, action.victim));
    case 'node-return':
      return await returned(soak.lab);
    case 'controller-kill':
      return await killLeader(soak.lab);
  }
}

/** Every address that is served. */
export function servedAddresses(soak: Soak): string[] {
  return [...soak.serving.values()].flatMap(({ published }) => published.addresses);
}

async function released(soak: Soak, name: string): Promise<Done> {
  const served = soak.serving.get(name);
  soak.serving.delete(name);
  // Its clients leave first: what they would see from here on is what was asked for.
  await served?.watch.stop();
  await unserve(soak.lab, name);
  return { told: name, released: served?.published.addresses ?? [] };
}

async function struck(
  soak: Soak,
  kind: 'node-kill' | 'haproxy-kill' | 'agent-kill',
  node: LabNode,
): Promise<Done> {
  if (kind === 'agent-kill') {
    const [agent] = await podsOf(soak.lab, 'agent', node.name);
    await killPod(soak.lab, { node: node.name, uid: agent?.metadata.uid ?? '' });
    return { told: `the agent of ${node.name}` };
  }
  const addresses = await heldBy(soak, node.name);
  if (kind === 'node-kill') await node.kill();
  else await killHaproxy(node, pool);
  const told = `${node.name}, which holds ${addresses.join(', ') || 'nothing'}`;
  return { told, moved: { from: node.name, addresses } };
}

async function heldBy(soak: Soak, node: string): Promise<string[]> {
  const addresses = servedAddresses(soak);
  const holders = await holdersOfAll(soak.lab, addresses);
  return addresses.filter((_, at) => holders[at]?.includes(node));
}

async function victimNode(soak: Soak, victim: Victim): Promise<LabNode> {
  if (victim.kind === 'holder') {
    const address = soak.serving.get(victim.service)?.published.addresses[0];
    return await holderOf(soak.lab, address ?? '');
  }
  const live = await liveNodes(soak.lab);
  const node = live[victim.at % live.length];
  if (node === undefined) throw new Error('every node is off');
  return node;
}

async function returned(lab: Lab): Promise<Done> {
  const live = new Set((await liveNodes(lab)).map(({ name }) => name));
  const off = lab.nodes.filter(({ name }) => !live.has(name));
  for (const node of off) await node.return();
  return { told: off.map(({ name }) => name).join(', ') };
}

type RawLease = { readonly spec: { readonly holderIdentity?: string } };
type RawPod = {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string };
};

/** A Lease is free after 15 s of silence. */
const leaderSeconds = 90;

async function killLeader(lab: Lab): Promise<Done> {
  const leader = await leaderOf(lab, '');
  await killPod(lab, leader);
  const next = await leaderOf(lab, leader.identity);
  return { told: `${leader.name} on ${leader.node}, which led; ${next.name} leads now` };
}

type Leader = {
  readonly identity: string;
  readonly name: string;
  readonly node: string;
  readonly uid: string;
};

/** Waits for a leader on a node that is on, and another one than `before`. */
async function leaderOf(lab: Lab, before: string): Promise<Leader> {
  let found: Leader | undefined;
  const wanted = { what: 'a controller to lead', boundSeconds: leaderSeconds, everyMs: 250 };
  await waitFor(wanted, async () => {
    const live = (await liveNodes(lab)).map(({ name }) => name);
    const leases = ['get', 'leases', '--namespace', controllerNamespace];
    const { items } = await kubeJson<List<RawLease>>(lab, leases);
    const identities = items.map(({ spec }) => spec.holderIdentity ?? '');
    found = (await podsOf(lab, 'controller')).flatMap(({ metadata, spec }) => {
      // The identity is the pod's name and a few characters that change with every start.
      const identity = identities.find((one) => one.startsWith(`${metadata.name}_`));
      if (identity === undefined || identity === before) return [];
      if (!live.includes(spec.nodeName)) return [];
      return [{ identity, name: metadata.name, node: spec.nodeName, uid: metadata.uid }];
    })[0];
    return found !== undefined || identities.join(', ');
  });
  if (found === undefined) throw new Error('no controller leads');
  return found;
}

async function podsOf(lab: Lab, component: string, node?: string): Promise<RawPod[]> {
  const namespace = component === 'agent' ? nodesNamespace : controllerNamespace;
  const where = node === undefined ? [] : ['--field-selector', `spec.nodeName=${node}`];
  const label = `app.kubernetes.io/component=${component}`;
  const args = ['get', 'pods', '--namespace', namespace, '-l', label, ...where];
  return (await kubeJson<List<RawPod>>(lab, args)).items.toSorted((a, b) =>
    a.metadata.name < b.metadata.name ? -1 : 1,
  );
}
