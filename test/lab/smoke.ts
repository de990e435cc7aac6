/**
 * Proves the lab itself: `node --test test/lab/smoke.ts`, as root, about a minute when everything
 * is built. One cluster, one test after another; each leaves all nodes Ready.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cgroupsNamed } from './cgroups.ts';
import { outcomeOf } from './command.ts';
import { webImage } from './image-names.ts';
import { Lab } from './lab.ts';
import { startLoad } from './load.ts';
import { isNamespaceOf, type LabNames, labNames } from './names.ts';
import { namespaces } from './network.ts';
import { waitFor } from './wait-for.ts';
import { webUrl } from './web-url.ts';

let lab: Lab;

before(async () => {
  lab = await Lab.up({ nodes: 3, id: 'smoke' });
});

after(async () => {
  await lab.down();
  await leavesNothing(lab.names);
});

test('dual-stack pods answer on both addresses, from another node and from outside', async () => {
  await lab.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(web) });
  await lab.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
  const client = await lab.client('user');
  const pods = await words('pods', '-l', 'app=web', '{.items[*].status.podIPs[*].ip}');
  assert.equal(pods.length, 4, `two replicas with two addresses: ${pods.join(' ')}`);
  for (const address of pods) {
    assert.match(await lab.node('n3').exec(['curl', '-sm3', webUrl(address, 8080)]), /^web-/);
    assert.match(await client.exec(['curl', '-sm3', webUrl(address, 8080)]), /^web-/);
  }
});

test('the ClusterIPs of both families answer on a node', async () => {
  const addresses = await words('service', 'web', '{.spec.clusterIPs[*]}');
  assert.equal(addresses.length, 2);
  for (const address of addresses) {
    assert.match(await lab.node('n1').exec(['curl', '-sm3', webUrl(address, 80)]), /^web-/);
  }
});

test('the load counts answers by replica and sees an outage as long as it was', async () => {
  const [address = ''] = await words('pods', '-l', 'app=web', '{.items[*].status.podIP}');
  const [host = ''] = await words('pods', '-l', 'app=web', '{.items[*].spec.nodeName}');
  const load = await startLoad(await lab.client('user'), { address, port: 8080 });
  await load.waitForRequests(100);
  assert.equal(load.since().failed, 0);
  assert.equal(Object.keys(load.since().perReplica).length, 1);
  load.mark();
  await lab.node(host).unplug();
  await load.waitForRequests(60);
  await lab.node(host).replug();
  await load.waitForRequests(120);
  const seen = await load.stop();
  assert.ok(seen.failed > 20, JSON.stringify(seen));
  assert.ok(seen.longestGapMs > 500 && seen.longestGapMs < 5000, JSON.stringify(seen));
});

test('a frozen node is missed, and comes back', async () => {
  await lab.node('n2').freeze();
  await lab.waitUntilNotReady(['n2']);
  await lab.node('n2').thaw();
  await lab.waitUntilReady();
});

test('a node that loses power is missed, and returns with its disk but an empty /run', async () => {
  const node = lab.node('n2');
  await node.exec(['touch', '/run/lost', '/var/lib/fairlead/kept']);
  await node.kill();
  await lab.waitUntilNotReady(['n2']);
  await node.return();
  await lab.waitUntilReady();
  await node.exec(['test', '-e', '/var/lib/fairlead/kept']);
  await assert.rejects(node.exec(['test', '-e', '/run/lost']));
  await lab.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
});

test('the control plane comes back with its data', async () => {
  await lab.controlPlane.stop();
  await assert.rejects(lab.kubectl(['get', 'nodes', '--request-timeout=2s']));
  await lab.controlPlane.start();
  await lab.waitUntilReady();
  await lab.kubectl(['get', 'deployment', 'web']);
});

test('after a power cut of all nodes the API server may come back last', async () => {
  await lab.controlPlane.stop();
  await lab.killAllNodes();
  await Promise.all(lab.nodes.map((node) => node.return()));
  await lab.controlPlane.start();
  await lab.waitUntilReady();
  await lab.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
});

test('a node can be added', async () => {
  const node = await lab.addNode();
  assert.equal(node.name, 'n4');
});

test('everything worth reading is collected', async () => {
  const folder = join(lab.names.folder, 'collected');
  await lab.collect(folder);
  assert.match(await readFile(join(folder, 'n1/nft.txt'), 'utf8'), /kube-proxy/);
  assert.match(await readFile(join(folder, 'all.txt'), 'utf8'), /deployment.apps\/web/);
});

test('a lab whose owner is killed is removed', async () => {
  const source = `import { Lab } from ${JSON.stringify(join(import.meta.dirname, 'lab.ts'))};
    await Lab.up({ nodes: 1, id: 'orphan' }); console.log('up'); setInterval(() => {}, 1000);`;
  const argv = ['--input-type=module', '--eval', source];
  const owner = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const isUp = await new Promise<boolean>((resolve) => {
    owner.stdout.once('data', () => resolve(true));
    owner.once('close', () => resolve(false));
  });
  assert.ok(isUp, 'the owner brings its lab up');
  const names = labNames('orphan');
  assert.ok(existsSync(names.folder));
  owner.kill('SIGKILL');
  await waitFor({ what: 'the watcher to remove the lab', boundSeconds: 20 }, async () =>
    existsSync(names.folder) ? `${names.folder} is there` : true,
  );
  await leavesNothing(names);
});

async function leavesNothing(names: LabNames): Promise<void> {
  const left = (await namespaces()).filter((namespace) => isNamespaceOf(names, namespace));
  assert.deepEqual(left, [], 'network namespaces');
  assert.ok(!cgroupsNamed('fl-').includes(names.cgroup), 'cgroup');
  assert.ok(!existsSync(names.folder), 'folder');
  const mounts = await readFile('/proc/mounts', 'utf8');
  assert.ok(!mounts.includes(names.folder), 'mounts');
  const { stdout } = await outcomeOf(['ps', 'axo', 'args']);
  const running = stdout.split('\n').filter((line) => line.includes(`${names.folder}/`));
  assert.deepEqual(running, [], 'processes');
}

async function words(...query: string[]): Promise<string[]> {
  const path = query.at(-1) ?? '';
  const text = await lab.kubectl(['get', ...query.slice(0, -1), '-o', `jsonpath=${path}`]);
  return text.split(' ').filter((word) => word !== '');
}

const labels = { app: 'web' };

const container = {
  name: 'web',
  image: webImage,
  imagePullPolicy: 'Never',
  args: ['netexec', '--http-port=8080'],
  readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
};

const web = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 1,
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            containers: [container],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: {
        selector: labels,
        ipFamilyPolicy: 'RequireDualStack',
        ports: [{ port: 80, targetPort: 8080 }],
      },
    },
  ],
};
