/** What has to hold after every action of the network soak: the story's predicates. */
import { converged } from '../lab/story/converged.ts';
import { answers } from '../lab/story/step-programmed.ts';
import { holdersOfAll, liveNodes } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { addressesOf } from '../net/web.ts';
import { type Done, type Soak, servedAddresses } from './network-actions.ts';
import type { World } from './network-plan.ts';
import { readyReplicas, soakNamespace } from './soak-service.ts';

/** A takeover takes a third of a second; what has not happened after this does not happen. */
const heldSeconds = 60;

/** A replica is scheduled, started, checked and asked within this time on two busy cores. */
const replicasSeconds = 120;

/** Who holds each address. */
export type Holders = ReadonlyMap<string, string>;

/** Who holds each address now, in one word if it is one. */
export async function holders(soak: Soak): Promise<Holders> {
  const addresses = servedAddresses(soak);
  const found = await holdersOfAll(soak.lab, addresses);
  return new Map(addresses.map((address, at) => [address, found[at]?.join('+') || 'nobody']));
}

/** Waits until all has settled after an action, then answers what is not as it has to be. */
export async function judge(
  soak: Soak,
  before: Holders,
  played: { readonly done: Done; readonly world: World },
): Promise<string[]> {
  const { moved, released = [] } = played.done;
  await heldOnce(soak, moved);
  await heldByNobody(soak, released);
  const client = await soak.lab.client('soak');
  for (const address of servedAddresses(soak)) await answers({ client }, { address, port: 80 });
  await converged(soak.lab);
  await everyReplicaAnswers(soak, played.world);
  return [...movedUnasked(before, await holders(soak), moved), ...(await renamed(soak))];
}

/** Each address on one live node, and what its node lost on another one. */
async function heldOnce(soak: Soak, moved: Done['moved']): Promise<void> {
  const what = 'every address to be held by one node that serves';
  await waitFor({ what, boundSeconds: heldSeconds, everyMs: 250 }, async () => {
    const wrong = [...(await holders(soak))].filter(
      ([address, node]) =>
        node === 'nobody' ||
        node.includes('+') ||
        (node === moved?.from && moved.addresses.includes(address)),
    );
    return wrong.length === 0 || wrong.map(([address, node]) => `${address} on ${node}`).join(', ');
  });
}

async function heldByNobody(soak: Soak, addresses: readonly string[]): Promise<void> {
  const what = `nobody to hold ${addresses.join(' and ')}`;
  await waitFor({ what, boundSeconds: heldSeconds, everyMs: 250 }, async () => {
    const found = (await holdersOfAll(soak.lab, addresses)).flat();
    return found.length === 0 || found.join(', ');
  });
}

async function everyReplicaAnswers(soak: Soak, world: World): Promise<void> {
  const nodes = new Set((await liveNodes(soak.lab)).map(({ name }) => name));
  const wanted = { what: 'every replica to answer', boundSeconds: replicasSeconds, everyMs: 500 };
  await waitFor(wanted, async () => {
    const missing = await Promise.all(
      world.services.map(async ({ name, replicas }) => {
        const ready = await readyReplicas(soak.lab, name, nodes);
        const answered = soak.serving.get(name)?.watch.since() ?? [];
        const silent = ready.filter((pod) => !answered.some(({ perReplica }) => pod in perReplica));
        // On a node that is off a replica waits until it is back; none is made elsewhere so soon.
        const least = Math.min(replicas, nodes.size) - (nodes.size < soak.lab.nodes.length ? 1 : 0);
        if (ready.length < least || ready.length > replicas) return [`${name}: ${ready.length}`];
        return silent.map((pod) => `${pod} is silent`);
      }),
    );
    return missing.flat().length === 0 || missing.flat().join(', ');
  });
}

function movedUnasked(before: Holders, after: Holders, moved: Done['moved']): string[] {
  return [...before].flatMap(([address, node]) => {
    const now = after.get(address);
    if (now === undefined || now === node || moved?.addresses.includes(address)) return [];
    return [`${address} moved from ${node} to ${now}`];
  });
}

async function renamed(soak: Soak): Promise<string[]> {
  const all = [...soak.serving.values()].map(async ({ published: { name, addresses } }) => {
    const now = await addressesOf(soak.lab, { name, namespace: soakNamespace }, addresses.length);
    if (now.join() === addresses.join()) return [];
    return [`${name} was published on ${addresses.join(', ')} and is now on ${now.join(', ')}`];
  });
  return (await Promise.all(all)).flat();
}
