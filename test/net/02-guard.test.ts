/** A VIP is the address of its Services, not of the node that happens to hold it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from '../lab/command.ts';
import type { Lab } from '../lab/lab.ts';
import { patchService } from '../lab/patch-service.ts';
import { kubeJson, liveNodes } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { webUrl } from '../lab/web-url.ts';
import { ownNamespace, servingLab } from './cluster.ts';
import { servedWeb, type Web } from './web.ts';

/** Of curl: "failed to connect", which a refusal is and a time-out is not. */
const refused = 7;
const kubelet = 10_250;

test('neither the kubelet nor a NodePort answers on a VIP; on a node’s own address both do (R60)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'guard');
  const web = { name: 'shop', namespace };
  const addresses = await servedWeb(lab, web);
  const nodePort = await withNodePort(lab, web);
  const client = await lab.client('others');
  const [node] = await liveNodes(lab);
  const statusOf = async (host: string, port: number) => {
    const curl = ['curl', '-sS', '-g', '-m', '5', webUrl(host, port)];
    return (await outcomeOf(client.command(curl))).status;
  };
  await waitFor({ what: 'the NodePort to answer on a node', boundSeconds: 30 }, async () => {
    return (await statusOf(node?.ipv4 ?? '', nodePort)) === 0 || 'no answer';
  });
  assert.notEqual(await statusOf(node?.ipv4 ?? '', kubelet), refused, 'the kubelet listens');
  for (const address of addresses) {
    assert.equal(await statusOf(address, 80), 0, address);
    assert.equal(await statusOf(address, nodePort), refused, `${address}: NodePort ${nodePort}`);
    assert.equal(await statusOf(address, kubelet), refused, `${address}: kubelet`);
  }
});

type RawPorts = { readonly spec: { readonly ports: readonly { readonly nodePort?: number }[] } };

/** Lets the Service have a node port, as those do that say nothing of it. */
async function withNodePort(lab: Lab, web: Web): Promise<number> {
  await patchService(lab, web, { allocateLoadBalancerNodePorts: true });
  const where = ['service', web.name, '--namespace', web.namespace];
  const { spec } = await kubeJson<RawPorts>(lab, ['get', ...where]);
  const port = spec.ports[0]?.nodePort;
  assert.ok(port !== undefined, 'the API server gives it one');
  return port;
}
