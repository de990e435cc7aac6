/** A share of new connections for another Service, and one that stands in when no pod is left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabClient } from '../lab/client.ts';
import type { Lab } from '../lab/lab.ts';
import { waitFor } from '../lab/wait-for.ts';
import { webUrl } from '../lab/web-url.ts';
import { apply, ownNamespace, servingLab, untilCondition } from './cluster.ts';
import { addressesOf, type Web, webDeployment, webService } from './web.ts';

const requests = 100;

test('a share is met whatever the numbers of pods, and changes while clients connect', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'shares');
  const web = { name: 'old', namespace };
  const next = { name: 'next', namespace };
  const shared = (percent: number): Web => ({
    ...web,
    annotations: {
      'fairlead.dev/canary-service': 'next',
      'fairlead.dev/canary-percent': String(percent),
    },
  });
  await apply(lab, webService(shared(20)), webDeployment(web));
  const of = { resource: 'service', ...web };
  const told = { type: 'fairlead.dev/PortsServed', status: 'True' };
  const { reason } = await untilCondition(lab, of, { ...told, message: /Service next gives no/ });
  assert.equal(reason, 'OtherServiceUnusable');
  await apply(lab, plainService(next), webDeployment(next, { replicas: 3 }));
  await untilCondition(lab, of, { ...told, message: /^every port is served$/ });
  const addresses = await addressesOf(lab, web, 2);
  const client = await lab.client('others');
  for (const percent of [20, 60]) {
    await apply(lab, webService(shared(percent)));
    for (const address of addresses) {
      await waitFor({ what: `${percent} % of ${address}`, boundSeconds: 60 }, async () => {
        const names = await answers(client, address, requests);
        const share = names.filter((name) => name.startsWith('next-')).length;
        if (names.includes('')) return `${names.filter((name) => name === '').length} failed`;
        // A round of the weights may be under way at either end.
        return Math.abs(share - percent) <= 2 || `${share} of ${requests}`;
      });
    }
  }
});

test('another Service stands in when the last pod goes, and steps back when one is there', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'standing-in');
  const annotations = { 'fairlead.dev/backup-service': 'closed' };
  const web: Web = { name: 'open', namespace, annotations };
  const closed = { name: 'closed', namespace };
  const all = [webService(web), webDeployment(web), plainService(closed), webDeployment(closed)];
  await apply(lab, ...all);
  const addresses = await addressesOf(lab, web, 2);
  const client = await lab.client('others');
  const untilFrom = (name: string) =>
    waitFor({ what: `answers of ${name}`, boundSeconds: 60 }, async () => {
      const names = await Promise.all(addresses.map((address) => answers(client, address, 5)));
      return names.flat().every((each) => each.startsWith(`${name}-`)) || names.join(' ');
    });
  await untilFrom('open');
  await scale(lab, web, 0);
  await untilFrom('closed');
  await scale(lab, web, 1);
  await untilFrom('open');
});

/** For clients inside of the cluster, dual-stack. */
function plainService({ name, namespace }: Web): object {
  return {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace } },
    spec: {
      ipFamilyPolicy: 'RequireDualStack',
      selector: { app: name },
      ports: [{ name: 'http', port: 80, targetPort: 8080 }],
    },
  };
}

async function scale(lab: Lab, { name, namespace }: Web, replicas: number): Promise<void> {
  const args = ['scale', 'deployment', name, '--namespace', namespace];
  await lab.kubectl([...args, `--replicas=${replicas}`]);
}

/** The pods that answer so many requests, each on a connection of its own; '': nobody did. */
async function answers(client: LabClient, address: string, count: number): Promise<string[]> {
  const ask = `for n in $(seq ${count}); do curl -sS -g -m 5 "$1" || true; echo; done`;
  const text = await client.exec(['bash', '-c', ask, 'sh', webUrl(address, 80)]);
  return text.split('\n').slice(0, count);
}
