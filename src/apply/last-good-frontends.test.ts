import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { aFrontend, aServer } from '../render/desired-fixture.ts';
import { poolPaths } from '../render/pool-paths.ts';
import { LastGoodFrontends } from './last-good-frontends.ts';

test('all that was taken is known again after a restart, and has the servers of now', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-last-good-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const paths = poolPaths('edge', { run: folder, keep: folder });
  const peer = { node: 'n1', family: 'IPv4', address: '10.99.0.11', port: 7351 } as const;
  const before = { maxConnections: 9, peers: { local: 'n1', members: [peer] } };
  const [web, old] = [aFrontend('web', aServer(1)), aFrontend('old', aServer(2))];
  const first = new LastGoodFrontends(paths);
  await first.open();
  await first.keep('first', { ...before, frontends: [old, web] });
  const changed = { ...aFrontend('web', aServer(3)), affinitySeconds: 60 };
  const desired = { maxConnections: 5, frontends: [aFrontend('new', aServer(4)), changed] };
  const good = new LastGoodFrontends(paths);
  await good.open();
  assert.deepEqual(good.insteadOfAll(desired), {
    ...before,
    frontends: [{ ...old, servers: [] }, aFrontend('web', aServer(3)), desired.frontends[0]],
  });
});

test('what an earlier version kept is read', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-last-good-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const http = { serverProtocol: 'HTTP1', isRedirected: true };
  const kept = [aFrontend('web'), { ...aFrontend('plain'), http }];
  writeFileSync(join(folder, 'frontends.json'), JSON.stringify(kept));
  const paths = { ...poolPaths('edge', { run: folder, keep: folder }), keepDirectory: folder };
  const good = new LastGoodFrontends(paths);
  await good.open();
  const desired = { maxConnections: 5, frontends: [] };
  assert.deepEqual(good.insteadOfAll(desired), { ...desired, frontends: [aFrontend('web')] });
});

test('who changed is told by everything but servers, those of a backup Service included', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-last-good-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const good = new LastGoodFrontends(poolPaths('edge', { run: folder, keep: folder }));
  await good.open();
  const web = {
    ...aFrontend('web', aServer(1)),
    backup: { service: 'page', servers: [aServer(9)] },
  };
  await good.keep('first', { maxConnections: 9, frontends: [web, aFrontend('api')] });
  const fewer = {
    ...web,
    servers: [],
    backup: { ...web.backup, servers: [], problem: 'it is gone' },
  };
  assert.deepEqual(good.changed([fewer, aFrontend('api', aServer(2))]), []);
  const other = { ...web, backup: { service: 'other', servers: [] } };
  assert.deepEqual(good.changed([other, aFrontend('new')]), ['shop/api', 'shop/new', 'shop/web']);
});
