/** UDP on a VIP, beside TCP on the same port number, from clients outside and inside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabClient } from '../lab/client.ts';
import { outcomeOf } from '../lab/command.ts';
import type { Lab } from '../lab/lab.ts';
import { answers } from '../lab/story/step-programmed.ts';
import { holderOf, kubeJson, type List, liveNodes } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { figureIn, scrape } from './agent-metrics.ts';
import { apply, ownNamespace, servingLab } from './cluster.ts';
import { addressesOf, type Web, webDeployment, webService } from './web.ts';

const replicas = 2;

test('R39, R40, R49: one number for TCP and UDP, from outside and from the nodes', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'udp');
  const web = { name: 'both', namespace };
  const addresses = await servedUdp(lab, web);
  const client = await lab.client('others');
  for (const address of addresses) {
    await answers({ client }, { address, port: 80 });
    await untilAnswered(client, address);
  }
  for (const node of await liveNodes(lab)) {
    const said = await node.exec(asking('hostname', addresses[0] ?? '', 40_001));
    assert.match(said, /^both-/, `from ${node.name}`);
  }
  const names = new Set<string>();
  for (let port = 41_000; port < 41_016; port += 1) {
    names.add(await hostnameBy(client, addresses[0] ?? '', port));
  }
  assert.equal(names.size, replicas, 'flows are spread');
  const figures = await scrape(await holderOf(lab, addresses[0] ?? ''));
  const labels = `{pool="edge",namespace="${namespace}",service="both",port="80",protocol="UDP"}`;
  const flows = figureIn(figures, `fairlead_service_flows_total${labels}`);
  assert.ok(flows >= 16, `${flows} flows`);
});

test('R76: a client that sends from one port for ever is answered on when its pod goes', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'udp-flow');
  const web = { name: 'flow', namespace };
  const [address = ''] = await servedUdp(lab, web);
  const client = await lab.client('others');
  await untilAnswered(client, address);
  const first = await hostnameBy(client, address, 42_000);
  const asked = client.exec(['bash', '-c', keepAsking, 'sh', address, '42000']);
  await lab.kubectl(['delete', 'pod', first, '--namespace', namespace, '--wait=false']);
  const seen = (await asked).trim().split('\n');
  const lost = seen.filter((line) => line === 'none').length;
  t.diagnostic(`${lost} of ${seen.length} datagrams lost`);
  assert.ok(seen.includes(first), seen.join(' '));
  assert.notEqual(seen.at(-1), first);
  assert.match(seen.at(-1) ?? '', /^flow-/);
  // The pod answers no more before its endpoint is gone; each datagram waits 0.4 s.
  assert.ok(lost <= 10, seen.join(' '));
});

/** Forty datagrams from one port, with who answered each; `none`: nobody did. */
const keepAsking = `
  for turn in $(seq 40); do
    to="UDP4:$1:80,sourceport=$2,reuseaddr"
    said=$(echo hostname | timeout 2 socat -t0.4 -T1 - "$to" 2>/dev/null)
    echo "\${said:-none}"
    sleep 0.1
  done`;

function asking(what: string, address: string, port: number): string[] {
  const where = address.includes(':') ? `UDP6:[${address}]:80` : `UDP4:${address}:80`;
  const socat = `echo ${what} | timeout 2 socat -t0.5 -T1 - ${where},sourceport=${port},reuseaddr`;
  return ['bash', '-c', socat];
}

async function hostnameBy(client: LabClient, address: string, port: number): Promise<string> {
  const { stdout } = await outcomeOf(client.command(asking('hostname', address, port)));
  return stdout.trim();
}

async function untilAnswered(client: LabClient, address: string): Promise<void> {
  await waitFor({ what: `UDP of ${address}`, boundSeconds: 30, everyMs: 200 }, async () => {
    return (await hostnameBy(client, address, 40_000)) !== '' || 'no answer';
  });
}

/** agnhost answers `hostname` by UDP as well. */
async function servedUdp(lab: Lab, web: Web): Promise<string[]> {
  const args = ['netexec', '--http-port=8080', '--udp-port=8081'];
  const ports = [
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'datagrams', port: 80, protocol: 'UDP', targetPort: 8081 },
  ];
  await apply(lab, webService(web, { ports }), webDeployment(web, { replicas, args }));
  const addresses = await addressesOf(lab, web, 2);
  await waitFor({ what: 'every replica', boundSeconds: 60 }, async () => {
    const list = ['get', 'pods', '--namespace', web.namespace];
    const { items } = await kubeJson<List<RawPod>>(lab, list);
    const ready = items.filter(({ status }) =>
      status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True'),
    );
    return ready.length === replicas || `${ready.length} ready`;
  });
  return addresses.toSorted((a, b) => a.indexOf(':') - b.indexOf(':'));
}

type RawPod = {
  readonly status: { readonly conditions?: readonly { type: string; status: string }[] };
};
