import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { UninstallReport } from '../explain/edit-reports.ts';
import { runCli } from './run.ts';

const service = {
  metadata: {
    ...{ name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '7' },
    finalizers: ['fairlead.dev/vip-cleanup', 'example.com/theirs'],
  },
};

/** An API server that has one Service with our finalizer and knows none of our kinds any more. */
async function serverWithoutCrds(t: TestContext): Promise<{ file: string; patches: unknown[] }> {
  const patches: unknown[] = [];
  const answerTo = async (request: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = await text(request);
    if (request.method === 'PATCH') patches.push(JSON.parse(body));
    const isList = request.url?.startsWith('/api/v1/services') === true;
    const items = patches.length === 0 ? [service] : [];
    const list = { metadata: { resourceVersion: '1' }, items };
    answer.statusCode = isList || request.method === 'PATCH' ? 200 : 404;
    answer.end(JSON.stringify(isList ? list : service));
  };
  const server = createServer((request, answer) => void answerTo(request, answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-uninstall-'));
  t.after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cluster = { server: url, 'insecure-skip-tls-verify': true };
  const config = {
    clusters: [{ name: 'c', cluster }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: {} }],
  };
  const file = join(folder, 'config');
  writeFileSync(file, JSON.stringify({ kind: 'Config', 'current-context': 'x', ...config }));
  return { file, patches };
}

test('uninstall frees Services also when the CRDs were deleted first (R14)', async (t) => {
  const { file, patches } = await serverWithoutCrds(t);
  let out = '';
  const shell = {
    out: (chunk: string) => {
      out += chunk;
    },
    err: () => undefined,
    readStdin: async () => '',
    readFile: async () => '',
    hasColour: false,
    version: '',
  };
  const words = ['uninstall', '--yes', '-o', 'json', '--kubeconfig', file];
  assert.equal(await runCli(words, shell), 0);
  assert.deepEqual(patches, [
    { metadata: { uid: 'u', resourceVersion: '7', finalizers: ['example.com/theirs'] } },
  ]);
  const { counts } = JSON.parse(out) as UninstallReport;
  assert.deepEqual(
    counts.map(({ kind, finalizers, left }) => [kind, finalizers, left]),
    [
      ['Service', 1, 0],
      ['VipPool', 0, 0],
      ['Vip', 0, 0],
      ['VrrpInstance', 0, 0],
    ],
  );
});
