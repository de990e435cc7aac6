import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { aFrontend, aServer } from '../render/desired-fixture.ts';
import { poolPaths } from '../render/pool-paths.ts';
import { LastGoodFrontends } from './last-good-frontends.ts';

test('who changed is told by everything but servers, those of a backup Service included', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-last-good-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const good = new LastGoodFrontends(poolPaths('edge', { run: folder, keep: folder }));
  await good.open();
  const web = {
    ...aFrontend('web', aServer(1)),
    backup: { service: 'page', servers: [aServer(9)] },
  };
  await good.keep('first', [web, aFrontend('api')]);
  const fewer = {
    ...web,
    servers: [],
    backup: { ...web.backup, servers: [], problem: 'it is gone' },
  };
  assert.deepEqual(good.changed([fewer, aFrontend('api', aServer(2))]), []);
  const other = { ...web, backup: { service: 'other', servers: [] } };
  assert.deepEqual(good.changed([other, aFrontend('new')]), ['shop/api', 'shop/new', 'shop/web']);
});
