/**
 * What the story reads about Fairlead: from the API as a user, and from the nodes as their kernel
 * and daemons tell it.
 */
import type { Lab } from '../lab.ts';
import type { LabNode } from '../node.ts';
import { waitFor } from '../wait-for.ts';
import { kubeJson, type List, liveNodes } from './view.ts';

export const controllerNamespace = 'fairlead-system';
export const nodesNamespace = 'fairlead-nodes';
export const controllerDeployment = 'fairlead-controller';

/** The pool of `examples/pool.yaml`. */
export const pool = 'edge';

/** Where an agent answers on its own node. */
const agentUrl = 'http://127.0.0.1:7946';

type RawInstance = {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly vrid: number;
    readonly members: readonly { readonly node: string; readonly state: string }[];
  };
  readonly status?: { readonly holder?: string };
};

type RawVip = { readonly spec: { readonly address: string; readonly instance?: string } };

/**
 * Every VIP's address with the VRID it is announced under, in order: what must survive everything.
 */
export async function identities(lab: Lab): Promise<string[]> {
  const [vips, instances] = await Promise.all([
    kubeJson<List<RawVip>>(lab, ['get', 'vips']),
    kubeJson<List<RawInstance>>(lab, ['get', 'vrrpinstances']),
  ]);
  const vrids = new Map(instances.items.map((one) => [one.metadata.name, one.spec.vrid]));
  return vips.items
    .map(({ spec }) => `${spec.address} VRID ${vrids.get(spec.instance ?? '') ?? 'none'}`)
    .toSorted();
}

/**
 * HAProxy's master process and how often it has reloaded, by its own word, on every live node.
 * Equal twice means: no reload and no restart in between.
 */
export async function reloads(lab: Lab): Promise<Map<string, string>> {
  const nodes = await liveNodes(lab);
  const counts = await Promise.all(nodes.map(reloadsOf));
  return new Map(nodes.map((node, index) => [node.name, counts[index] ?? '']));
}

async function reloadsOf(node: LabNode): Promise<string> {
  const ask =
    "const s=require('node:net').connect(process.argv[1]);s.write('show proc\\n');s.pipe(process.stdout);" +
    "s.on('data',(d)=>{if(/worker/.test(d))s.end()})";
  const socket = `/run/fairlead/${pool}/haproxy/master.sock`;
  const answer = await node.exec([process.execPath, '-e', ask, socket], { timeoutSeconds: 10 });
  const master = /^(\d+)\s+master\s+(\d+)/m.exec(answer);
  if (master === null) throw new Error(`HAProxy's master on ${node.name} answered: ${answer}`);
  return `process ${master[1]}, ${master[2]} reloads`;
}

/** A lab of five nodes on two busy cores settles within this time after the worst step. */
const convergedSeconds = 180;

/**
 * Waits until everything that should run runs, on every node, and every instance is held with full
 * membership.
 */
export async function converged(lab: Lab): Promise<void> {
  const wanted = { what: 'the cluster to settle', boundSeconds: convergedSeconds, everyMs: 500 };
  await waitFor(wanted, async () => {
    const open = await unsettled(lab);
    return open.length === 0 ? true : open.slice(0, 5).join('; ');
  });
}

async function unsettled(lab: Lab): Promise<string[]> {
  const found = await Promise.all([
    notReady(lab, ['get', 'nodes']),
    notReady(lab, ['get', 'pods', '-n', controllerNamespace]),
    notReady(lab, ['get', 'pods', '-n', nodesNamespace]),
    notReady(lab, ['get', 'pods']),
    instancesNotSettled(lab),
    nodesNotServing(lab),
  ]);
  return found.flat();
}

type Conditioned = {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

async function notReady(lab: Lab, args: readonly string[]): Promise<string[]> {
  const list = await kubeJson<List<Conditioned>>(lab, args);
  return list.items.flatMap(({ metadata, status }) => {
    const ready = status?.conditions?.find((one) => one.type === 'Ready')?.status;
    if (metadata.deletionTimestamp !== undefined) return [`${metadata.name} is still going`];
    return ready === 'True' ? [] : [`${metadata.name} Ready=${ready}`];
  });
}

async function instancesNotSettled(lab: Lab): Promise<string[]> {
  const list = await kubeJson<List<RawInstance>>(lab, ['get', 'vrrpinstances']);
  return list.items.flatMap(({ metadata, spec, status }) => {
    const waiting = spec.members.filter((member) => member.state !== 'Member');
    if (status?.holder === undefined) return [`${metadata.name} has no holder`];
    return waiting.map((member) => `${member.node} is ${member.state} in ${metadata.name}`);
  });
}

/**
 * The API's word on a node that was just cut off is old: ask its agent and its HAProxy themselves.
 */
async function nodesNotServing(lab: Lab): Promise<string[]> {
  const checks = await Promise.all(
    lab.nodes.map(async (node) => {
      try {
        await node.exec(['curl', '-sf', '-m', '2', `${agentUrl}/readyz`], { timeoutSeconds: 5 });
        await reloadsOf(node);
        return [];
      } catch (error) {
        return [`${node.name}: ${error instanceof Error ? error.message : String(error)}`];
      }
    }),
  );
  return checks.flat();
}
