import type { Lab } from '../lab.ts';
import { messageOf } from '../lab-error.ts';
import type { LabNode } from '../node.ts';
import { waitFor } from '../wait-for.ts';
import { controllerNamespace, nodesNamespace, reloadsOf } from './fairlead.ts';
import { kubeJson, type List, liveNodes } from './view.ts';

/** A lab of five nodes on two busy cores settles within this time after the worst step. */
const convergedSeconds = 180;

/**
 * Waits until everything that should run runs, on every node that is on, and every instance is held
 * with full membership. One look costs one kubectl: the clients that are watched meanwhile need the
 * CPU.
 */
export async function converged(lab: Lab): Promise<void> {
  const wanted = { what: 'the cluster to settle', boundSeconds: convergedSeconds, everyMs: 1_000 };
  await waitFor(wanted, async () => {
    const nodes = await liveNodes(lab);
    const said = await unsettled(lab, new Set(nodes.map(({ name }) => name)));
    const open = said.length > 0 ? said : await nodesNotServing(nodes);
    return open.length === 0 ? true : open.slice(0, 5).join('; ');
  });
}

type Conditioned = {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

type Instance = {
  readonly kind: 'VrrpInstance';
  readonly metadata: { readonly name: string };
  readonly spec: { readonly members: readonly { readonly node: string; readonly state: string }[] };
  readonly status?: { readonly holder?: string };
};

/** Pods of other namespaces belong to tests: what is wrong with them may be meant. */
const namespaces = ['default', controllerNamespace, nodesNamespace];

async function unsettled(lab: Lab, live: ReadonlySet<string>): Promise<string[]> {
  const args = ['get', 'nodes,pods,vrrpinstances', '--all-namespaces', '--request-timeout=5s'];
  const list = await kubeJson<List<Conditioned | Instance>>(lab, args);
  return list.items.flatMap((object) => {
    if (isInstance(object)) return instanceProblems(object);
    const { namespace, name } = object.metadata;
    const node = namespace === undefined ? name : (object.spec?.nodeName ?? '');
    // Of a node that is off nothing is ready, and nobody expects it.
    if (node !== '' && !live.has(node)) return [];
    return namespace === undefined || namespaces.includes(namespace) ? notReady(object) : [];
  });
}

function isInstance(object: Conditioned | Instance): object is Instance {
  return object.kind === 'VrrpInstance';
}

function notReady({ metadata, status }: Conditioned): string[] {
  const ready = status?.conditions?.find((one) => one.type === 'Ready')?.status;
  if (metadata.deletionTimestamp !== undefined) return [`${metadata.name} is still going`];
  return ready === 'True' ? [] : [`${metadata.name} Ready=${ready}`];
}

function instanceProblems({ metadata, spec, status }: Instance): string[] {
  const waiting = spec.members.filter((member) => member.state !== 'Member');
  if (status?.holder === undefined) return [`${metadata.name} has no holder`];
  return waiting.map((member) => `${member.node} is ${member.state} in ${metadata.name}`);
}

/** Where an agent answers on its own node. */
const agentUrl = 'http://127.0.0.1:7946';

/**
 * The API's word on a node that was just cut off is old: ask its agent and its HAProxy themselves.
 */
async function nodesNotServing(nodes: readonly LabNode[]): Promise<string[]> {
  const checks = await Promise.all(
    nodes.map(async (node) => {
      try {
        await node.exec(['curl', '-sf', '-m', '2', `${agentUrl}/readyz`], { timeoutSeconds: 5 });
        await reloadsOf(node);
        return [];
      } catch (error) {
        return [`${node.name}: ${messageOf(error)}`];
      }
    }),
  );
  return checks.flat();
}
