/** SCTP on a VIP beside TCP, and what a node says whose kernel cannot send it on. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { lacksSctp, trackingSettings } from '../dataplane/sctp-kernel.ts';
import type { LabClient } from '../lab/client.ts';
import { outcomeOf } from '../lab/command.ts';
import type { Lab } from '../lab/lab.ts';
import { kubeJson, liveNodes } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { apply, ownNamespace, servingLab, untilCondition, untilEvent } from './cluster.ts';
import { addressesOf, type Web, webService } from './web.ts';

const peer = resolve(import.meta.dirname, '../dataplane/sctp-peer.py');
const port = 3868;
const podPorts = [3871, 3872];
const said = 'fairlead.dev/PortsServed';

const skip = lacksSctp() ?? false;

test('R25, R40: SCTP is served beside TCP, and its port has an error where it cannot be', {
  skip,
}, async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'sctp');
  const web = { name: 'diameter', namespace };
  const pods = await servingPods(lab);
  t.after(() => pods.stop());
  await apply(lab, service(web), ...slices(web, pods.machine));
  const [vip = ''] = await addressesOf(lab, web, 1);
  const client = await lab.client('others');
  const answers = new Set<string>();
  await untilAnswer(client, { vip, wanted: /^387[12]$/ });
  for (let from = 40_010; from < 40_020; from += 1) answers.add(await ask(client, vip, from));
  assert.deepEqual([...answers].sort(), podPorts.map(String));
  assert.equal(await byTcp(client, vip), 'by TCP');

  await inAgents(
    lab,
    `mount -t tmpfs none ${trackingSettings} && touch ${trackingSettings}/nf_conntrack_max`,
  );
  t.after(() => inAgents(lab, `umount ${trackingSettings} || true`));
  await touch(lab, web, '301');
  const of = { resource: 'service', ...web };
  const message = /port 3868 is closed on node .* cannot send SCTP on/;
  await untilCondition(lab, of, { type: said, status: 'False', message });
  await untilEvent(lab, of, { reason: 'ProtocolUnsupported' });
  await untilPorts(lab, web, [
    { port, protocol: 'SCTP', error: 'fairlead.dev/ProtocolUnsupported' },
    { port, protocol: 'TCP' },
  ]);
  await untilAnswer(client, { vip, wanted: /^refused$/ });
  assert.equal(await byTcp(client, vip), 'by TCP');

  await inAgents(lab, `umount ${trackingSettings}`);
  await touch(lab, web, '302');
  await untilCondition(lab, of, { type: said, status: 'True', message: /./ });
  await untilAnswer(client, { vip, wanted: /^387[12]$/ });
});

/** No SCTP sockets are needed for raw ones: the pods are programs on a machine of their own. */
async function servingPods(lab: Lab): Promise<{ machine: LabClient; stop: () => void }> {
  const machine = await lab.client('sctp');
  const said = 'TCP-LISTEN:8080,fork,reuseaddr';
  const children = [
    machine.spawn(['python3', peer, 'pods', machine.ipv4, ...podPorts.map(String)]),
    machine.spawn(['socat', said, 'SYSTEM:echo by TCP']),
  ];
  const stop = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  return { machine, stop };
}

function service(web: Web): object {
  return webService(web, {
    ipFamilyPolicy: 'SingleStack',
    selector: null,
    ports: [
      { name: 'sctp', protocol: 'SCTP', port },
      { name: 'tcp', protocol: 'TCP', port },
    ],
  });
}

function slices({ name, namespace }: Web, { ipv4 }: LabClient): object[] {
  const endpoints = (index: number, ports: object[]) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...{ name: `${name}-${index}`, namespace },
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ipv4], conditions: { ready: true } }],
    ports,
  });
  const [first, second] = podPorts;
  return [
    endpoints(1, [{ name: 'sctp', protocol: 'SCTP', port: first }]),
    endpoints(2, [{ name: 'sctp', protocol: 'SCTP', port: second }]),
    endpoints(3, [{ name: 'tcp', protocol: 'TCP', port: 8080 }]),
  ];
}

async function ask(client: LabClient, vip: string, from: number): Promise<string> {
  const words = ['python3', peer, 'ask', client.ipv4, vip, String(port), String(from)];
  return (await client.exec(words)).trim();
}

async function byTcp(client: LabClient, vip: string): Promise<string> {
  const words = ['socat', '-T2', '-u', `TCP:${vip}:${port}`, '-'];
  return (await outcomeOf(client.command(words))).stdout.trim();
}

async function untilAnswer(
  client: LabClient,
  { vip, wanted }: { readonly vip: string; readonly wanted: RegExp },
): Promise<void> {
  await waitFor({ what: `${wanted} of ${vip}`, boundSeconds: 60, everyMs: 200 }, async () => {
    const answer = await ask(client, vip, 40_001);
    return wanted.test(answer) || answer;
  });
}

/** A change that agents look at: what their kernels can is read with each. */
async function touch(lab: Lab, { name, namespace }: Web, seconds: string): Promise<void> {
  const annotation = `fairlead.dev/idle-timeout-seconds=${seconds}`;
  const words = ['annotate', 'service', name, '--namespace', namespace, '--overwrite', annotation];
  await lab.kubectl(words);
}

/** In what every agent's container sees of the kernel. */
async function inAgents(lab: Lab, script: string): Promise<void> {
  for (const node of await liveNodes(lab)) {
    const pid = `$(pgrep -o -f 'fairlead(.mjs)? agent')`;
    const entered = `nsenter --target ${pid} --net --mount --root sh -c 'cd / && ${script}'`;
    await node.exec(['sh', '-c', entered]);
  }
}

async function untilPorts(lab: Lab, web: Web, wanted: readonly object[]): Promise<void> {
  await waitFor({ what: 'the ports in status', boundSeconds: 30, everyMs: 250 }, async () => {
    const words = ['get', 'service', web.name, '--namespace', web.namespace];
    const { status } = await kubeJson<RawService>(lab, words);
    const ports = status.loadBalancer.ingress[0]?.ports;
    return isDeepStrictEqual(ports, wanted) || JSON.stringify(ports);
  });
}

type RawService = {
  readonly status: {
    readonly loadBalancer: { readonly ingress: readonly { readonly ports: readonly object[] }[] };
  };
};
