import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseArguments } from './arguments.ts';
import { openCluster } from './cluster.ts';

/** A server whose clock goes wrong: no real one's can be set. */
async function serverAt(t: TestContext, offsetMs: number): Promise<string> {
  const server = createServer((_request, answer) => {
    answer.setHeader('date', new Date(Date.now() + offsetMs).toUTCString());
    answer.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function kubeconfig(t: TestContext, server: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-cluster-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'config');
  const context = { cluster: 'c', user: 'u', namespace: 'shop' };
  const config = {
    // Plain HTTP is taken only so.
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'x', context }],
    users: [{ name: 'u', user: {} }],
  };
  writeFileSync(file, JSON.stringify({ kind: 'Config', 'current-context': 'x', ...config }));
  return file;
}

async function skewOf(t: TestContext, offsetMs: number): Promise<number> {
  const file = kubeconfig(t, await serverAt(t, offsetMs));
  const cluster = openCluster(parseArguments('status', [`--kubeconfig=${file}`]));
  await cluster.client.request({ path: '/api' });
  const skew = cluster.nowMs() - Date.now();
  cluster.client.close();
  return skew;
}

test('ages are judged by the clock of the API server, not of this machine', async (t) => {
  for (const offsetMs of [600_000, -600_000]) {
    const skew = await skewOf(t, offsetMs);
    // The header has whole seconds.
    assert.ok(Math.abs(skew - offsetMs) < 5_000, `${skew} instead of ${offsetMs}`);
  }
  assert.ok(Math.abs(await skewOf(t, 0)) < 1_000, 'equal clocks are left alone');
});

test('the namespace is that of -n, else of the context', (t) => {
  const file = kubeconfig(t, 'https://127.0.0.1:1');
  const of = (...words: string[]) => {
    const { namespace, isNamespaceGiven } = openCluster(
      parseArguments('status', [`--kubeconfig=${file}`, ...words]),
    );
    return [namespace, isNamespaceGiven];
  };
  assert.deepEqual(of(), ['shop', false]);
  assert.deepEqual(of('-n', 'blog'), ['blog', true]);
});
