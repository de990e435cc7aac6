/** Clients inside the cluster take the same way as those outside: through HAProxy. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webImage } from '../lab/image-names.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { kubeJson, type List, liveNodes } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { webUrl } from '../lab/web-url.ts';
import { apply, ownNamespace, servingLab } from './cluster.ts';
import { askHaproxies } from './haproxies.ts';
import { servedWeb } from './web.ts';

test('pods and hosts of every node reach a VIP through HAProxy, those of its holder too (R49)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'inside');
  const addresses = await servedWeb(lab, { name: 'shop', namespace });
  const pods = await podOnEveryNode(lab, namespace);
  const before = await connectionsOf(lab, namespace);
  for (const node of await liveNodes(lab)) {
    const pod = pods.get(node.name) ?? '';
    for (const address of addresses) {
      assert.match(await fromHost(node, address), /^shop-/, `from ${node.name} to ${address}`);
      assert.match(await fromPod(node, pod, address), /^shop-/, `from ${pod} to ${address}`);
    }
  }
  const through = (await connectionsOf(lab, namespace)) - before;
  const asked = pods.size * addresses.length * 2;
  assert.ok(through >= asked, `${through} of ${asked} connections went through HAProxy`);
});

type RawPod = {
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly podIP?: string; readonly containerStatuses?: { ready: boolean }[] };
};

/** Runs a pod on every node; answers their addresses by node. */
async function podOnEveryNode(lab: Lab, namespace: string): Promise<Map<string, string>> {
  const labels = { app: 'client' };
  const container = {
    ...{ name: 'client', image: webImage, imagePullPolicy: 'Never' },
    args: ['netexec', '--http-port=8080'],
    readinessProbe: { httpGet: { path: '/hostname', port: 8080 }, periodSeconds: 1 },
  };
  await apply(lab, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'client', namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, containers: [container] },
      },
    },
  });
  const found = new Map<string, string>();
  await waitFor({ what: 'a client pod on every node', boundSeconds: 60 }, async () => {
    const args = ['get', 'pods', '--namespace', namespace, '-l', 'app=client'];
    for (const { spec, status } of (await kubeJson<List<RawPod>>(lab, args)).items) {
      const isReady = status.containerStatuses?.every(({ ready }) => ready) === true;
      if (isReady) found.set(spec.nodeName ?? '', status.podIP ?? '');
    }
    return found.size === lab.nodes.length || `pods on ${[...found.keys()].join(', ')}`;
  });
  return found;
}

function fromHost(node: LabNode, address: string): Promise<string> {
  return node.exec(['curl', '-sS', '-g', '-m', '5', webUrl(address, 80)]);
}

/** Has the pod ask, and answers what it heard. */
async function fromPod(node: LabNode, pod: string, address: string): Promise<string> {
  const query = new URLSearchParams({
    ...{ host: address, port: '80', protocol: 'http', request: 'hostname', tries: '1' },
  });
  const url = webUrl(pod, 8080, `/dial?${query}`);
  const said = await node.exec(['curl', '-sS', '-g', '-m', '10', url]);
  const { responses, errors } = JSON.parse(said) as { responses?: string[]; errors?: string[] };
  return responses?.[0] ?? `nothing: ${errors?.join(', ')}`;
}

/** How many connections the frontends of a namespace have taken, over all nodes. */
async function connectionsOf(lab: Lab, namespace: string): Promise<number> {
  const tables = await askHaproxies(lab, 'show stat');
  const counts = tables.flatMap((text) => {
    const [heads = '', ...lines] = text.split('\n');
    const column = heads.split(',').indexOf('stot');
    const isOurs = (line: string) =>
      line.startsWith(`${namespace}_`) && line.includes(',FRONTEND,');
    return lines.filter(isOurs).map((line) => Number(line.split(',')[column]));
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
