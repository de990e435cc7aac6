/**
 * Deleting a namespace ends (R13, N19): with the real namespace controller of a
 * kube-controller-manager beside the real API server.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { binaries } from '../lab/binaries.ts';
import { boundedTest as test } from './bounded-test.ts';
import { aLoadBalancer, aVipPool, type Cluster, startCluster } from './controller-fixture.ts';
import { freePort, killDaemon, startDaemon } from './process-tree.ts';
import { waitUntil } from './wait-until.ts';

let cluster: Cluster;
let namespaces: ChildProcess | undefined;

before(async () => {
  cluster = await startCluster();
  await cluster.create(aVipPool('edge'));
  await cluster.start();
  await startNamespaceController();
});
after(async () => {
  if (namespaces !== undefined) await killDaemon(namespaces);
  await cluster?.stop();
});

async function startNamespaceController(): Promise<void> {
  const found = await binaries(['kube-controller-manager']);
  const { api } = cluster;
  const command = [
    found['kube-controller-manager'],
    `--kubeconfig=${api.kubeconfig()}`,
    '--controllers=namespace-controller',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${await freePort()}`,
    '--use-service-account-credentials=false',
  ];
  namespaces = startDaemon(command, join(api.directory, 'kcm.log'));
}

test('R13, N19: a namespace with Services of ours is deleted, and leaves no Vip', async () => {
  const { api } = cluster;
  await api.call('POST', '/api/v1/namespaces', { metadata: { name: 'leaving' } });
  for (const name of ['a', 'b', 'c']) await cluster.create(aLoadBalancer(`leaving/${name}`));
  for (const name of ['a', 'b', 'c']) await cluster.published(`leaving/${name}`);
  await api.call('DELETE', '/api/v1/namespaces/leaving');
  await waitUntil('the namespace is gone', async () => {
    return (await api.call('GET', '/api/v1/namespaces/leaving')).status === 404;
  });
  await waitUntil('no Vip is left', async () => (await cluster.vips()).length === 0);
  assert.deepEqual(await cluster.instances(), []);
});
