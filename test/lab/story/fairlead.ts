/**
 * What the story reads about Fairlead: from the API as a user, and from the nodes as their kernel
 * and daemons tell it.
 */
import type { Lab } from '../lab.ts';
import type { LabNode } from '../node.ts';
import { kubeJson, type List, liveNodes } from './view.ts';

export const controllerNamespace = 'fairlead-system';
export const nodesNamespace = 'fairlead-nodes';
export const controllerDeployment = 'fairlead-controller';

/** The pool of `examples/pool.yaml`. */
export const pool = 'edge';

type RawInstance = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly vrid: number };
};

type RawVip = {
  readonly spec: { readonly address: string; readonly instance?: string; readonly phase: string };
};

/**
 * Every VIP's address with the VRID it is announced under, in order: what must survive everything.
 * One that cools down is announced by nobody, and its former VRID may be another pool's.
 */
export async function identities(lab: Lab): Promise<string[]> {
  const [vips, instances] = await Promise.all([
    kubeJson<List<RawVip>>(lab, ['get', 'vips']),
    kubeJson<List<RawInstance>>(lab, ['get', 'vrrpinstances']),
  ]);
  const vrids = new Map(instances.items.map((one) => [one.metadata.name, one.spec.vrid]));
  return vips.items
    .filter(({ spec }) => spec.phase === 'Held' || spec.phase === 'Stranded')
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

/** The same of one node; throws when HAProxy does not answer. */
export async function reloadsOf(node: LabNode): Promise<string> {
  const ask =
    "const s=require('node:net').connect(process.argv[1]);s.write('show proc\\n');s.pipe(process.stdout);" +
    "s.on('data',(d)=>{if(/worker/.test(d))s.end()})";
  const socket = `/run/fairlead/${pool}/haproxy/master.sock`;
  const answer = await node.exec([process.execPath, '-e', ask, socket], { timeoutSeconds: 10 });
  const master = /^(\d+)\s+master\s+(\d+)/m.exec(answer);
  if (master === null) throw new Error(`HAProxy's master on ${node.name} answered: ${answer}`);
  return `process ${master[1]}, ${master[2]} reloads`;
}
