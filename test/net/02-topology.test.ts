/** spec.trafficDistribution: pods near the node that holds the address serve, others stand by. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabClient } from '../lab/client.ts';
import type { Lab } from '../lab/lab.ts';
import { patchService } from '../lab/patch-service.ts';
import { holderOf, kubeJson, type List, liveNodes } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { webUrl } from '../lab/web-url.ts';
import { apply, ownNamespace, servingLab } from './cluster.ts';
import { addressesOf, webDeployment, webService } from './web.ts';

const zoneLabel = 'topology.kubernetes.io/zone';

test('R73: the pods of the zone serve, or of the node, then all others; Ignored shares out', async (t) => {
  const lab = await servingLab();
  const nodes = (await liveNodes(lab)).map(({ name }) => name);
  t.after(() => inZones(lab, nodes, () => undefined));
  await inZones(lab, nodes, (node) => `zone-${node}`);
  const namespace = await ownNamespace(t, lab, 'topology');
  const web = { name: 'near', namespace };
  await apply(lab, webService(web), ...nodes.map((node) => deploymentOn(node, namespace)));
  const addresses = await addressesOf(lab, web, 2);
  const client = await lab.client('others');
  const seen = () => podsBehind(client, addresses);
  await untilSeen('pods of every node', seen, (names) => names.length === nodes.length);
  await patchService(lab, web, { trafficDistribution: 'PreferSameZone' });
  const holders = await Promise.all(addresses.map((address) => holderOf(lab, address)));
  const near = [...new Set(holders.map(({ name }) => `near-${name}`))].sort();
  await untilSeen(`only ${near.join()}`, seen, (names) => names.join() === near.join());
  t.diagnostic(`near: ${near.join()}`);
  const far = nodes.map((node) => `near-${node}`).filter((name) => !near.includes(name));
  const othersStandIn = async () => {
    for (const name of near) await scale(lab, { name, namespace }, 0);
    await untilSeen('the others', seen, (names) => names.join() === far.join());
    for (const name of near) await scale(lab, { name, namespace }, 1);
    await untilSeen('the near ones again', seen, (names) => names.join() === near.join());
  };
  await othersStandIn();
  await inZones(lab, nodes, () => 'zone-of-all');
  await untilSeen('all of one zone', seen, (names) => names.length === nodes.length);
  await patchService(lab, web, { trafficDistribution: 'PreferSameNode' });
  await untilSeen(`of one zone ${near.join()}`, seen, (names) => names.join() === near.join());
  await othersStandIn();
  await annotate(lab, web, 'fairlead.dev/topology=Ignored');
  await untilSeen('all of them', seen, (names) => names.length === nodes.length);
});

/** Every node's zone; undefined: it has none. */
async function inZones(
  lab: Lab,
  nodes: readonly string[],
  zoneOf: (node: string) => string | undefined,
): Promise<void> {
  for (const node of nodes) {
    const zone = zoneOf(node);
    const label = zone === undefined ? `${zoneLabel}-` : `${zoneLabel}=${zone}`;
    await lab.kubectl(['label', 'node', node, label, '--overwrite']);
  }
}

type Named = { readonly name: string; readonly namespace: string };

/** One replica on a node; its pods have the label of Service `near`. */
function deploymentOn(node: string, namespace: string): object {
  const made = webDeployment({ name: 'near', namespace }) as {
    readonly spec: { readonly template: { readonly metadata: object; readonly spec: object } };
  };
  const labels = { app: 'near', on: node };
  const { template } = made.spec;
  const spec = { ...template.spec, nodeName: node };
  return {
    ...made,
    metadata: { name: `near-${node}`, namespace },
    spec: {
      ...made.spec,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  };
}

async function scale(lab: Lab, { name, namespace }: Named, replicas: number): Promise<void> {
  const args = ['scale', 'deployment', name, '--namespace', namespace];
  await lab.kubectl([...args, `--replicas=${replicas}`]);
  await waitFor({ what: `${replicas} of ${name}`, boundSeconds: 60 }, async () => {
    const list = ['get', 'pods', '--namespace', namespace];
    const { items } = await kubeJson<List<RawPod>>(lab, list);
    const own = items.filter(({ metadata }) => metadata.name.startsWith(`${name}-`));
    return own.length === replicas || own.map(({ metadata }) => metadata.name).join();
  });
}

type RawPod = { readonly metadata: { readonly name: string } };

async function annotate(lab: Lab, { name, namespace }: Named, text: string): Promise<void> {
  await lab.kubectl(['annotate', 'service', name, '--namespace', namespace, '--overwrite', text]);
}

/** Which Deployments answer twelve requests on each address. */
async function podsBehind(client: LabClient, addresses: readonly string[]): Promise<string[]> {
  const names = new Set<string>();
  for (const address of addresses) {
    for (let request = 0; request < 12; request += 1) {
      const url = webUrl(address, 80);
      const answer = await client.exec(['curl', '-sS', '-g', '-m', '5', url]).catch(() => 'none');
      names.add(answer.trim().split('-').slice(0, 2).join('-'));
    }
  }
  return [...names].sort();
}

async function untilSeen(
  what: string,
  seen: () => Promise<readonly string[]>,
  isRight: (names: readonly string[]) => boolean,
): Promise<void> {
  await waitFor({ what, boundSeconds: 60, everyMs: 200 }, async () => {
    const names = await seen();
    return isRight(names) || names.join();
  });
  const again = await seen();
  assert.ok(isRight(again), `${what}, and again: ${again.join()}`);
}
