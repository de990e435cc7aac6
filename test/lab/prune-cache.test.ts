import assert from 'node:assert/strict';
import { existsSync, utimesSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { withLock } from './lock.ts';
import { type Pruning, removalsMax, removeUnused } from './prune-cache.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 0, 31);
const oldBin = 'bin-etcd-00000000000000aa';

/** A cache of files (and folders with a file in them), each used so many days ago. */
async function aCache(t: TestContext, daysAgo: Record<string, number>): Promise<CacheUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-cache-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, days] of Object.entries(daysAgo)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    if (/\.(tar|lock)$/.test(name)) await writeFile(path, '');
    else await mkdir(path).then(() => writeFile(join(path, 'content'), ''));
    const usedAt = new Date(nowMs - days * dayMs);
    await utimes(path, usedAt, usedAt);
  }
  const said: string[] = [];
  const images: string[] = [];
  return {
    ...{ folder, said, images, usedSinceMs: nowMs - 14 * dayMs },
    say: (line) => void said.push(line),
    removeImage: async (image) => void images.push(image),
  };
}

type CacheUnderTest = Pruning & { readonly said: string[]; readonly images: string[] };

async function left({ folder }: Pruning): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return paths.map((path) => path.slice(folder.length + 1)).toSorted();
}

test('what no run has used for long is removed and said, and what is used stays', async (t) => {
  const cache = await aCache(t, {
    [oldBin]: 20,
    'bin-00000000000000bb': 13,
    'stores/00000000000000aa': 15,
    'stores/00000000000000bb': 0,
    'images/00000000000000aa.tar': 15,
    'images/00000000000000bb.tar': 1,
    'failed/p42': 90,
  });
  await removeUnused(cache);
  assert.deepEqual(await left(cache), [
    'bin-00000000000000bb',
    'bin-00000000000000bb/content',
    'bin.lock',
    'failed',
    'images',
    'images.lock',
    'images/00000000000000bb.tar',
    'labs.lock',
    'stores',
    'stores.lock',
    'stores/00000000000000bb',
    'stores/00000000000000bb/content',
  ]);
  assert.equal(cache.said.length, 4);
  assert.ok(
    cache.said.some((line) => line.endsWith(`${oldBin}, which no run has used since 2026-01-11`)),
  );
});

test('an old base goes out of buildah’s storage with its archive', async (t) => {
  const cache = await aCache(t, {
    'debian-trixie-2025-12.tar': 30,
    'debian-trixie-2026-01.tar': 2,
  });
  await removeUnused(cache);
  assert.deepEqual(cache.images, ['localhost/fairlead-debian:trixie-2025-12']);
  assert.deepEqual(await left(cache), ['debian-trixie-2026-01.tar', 'images.lock']);
});

test('what a killed removal left half done is removed at another time', async (t) => {
  const cache = await aCache(t, { [`.${oldBin}.removed`]: 20, '.debian-trixie-2025-12.tar': 0 });
  await removeUnused(cache);
  assert.deepEqual(await left(cache), ['.debian-trixie-2025-12.tar', 'bin.lock']);
});

test('nothing is touched that the lab did not put there', async (t) => {
  const cache = await aCache(t, {
    'bin-mine': 99,
    'notes.tar': 99,
    'stores/keep': 99,
    buildah: 99,
  });
  const before = await left(cache);
  await removeUnused(cache);
  assert.deepEqual([await left(cache), cache.said], [before, []]);
});

test('what somebody is busy with stays until another time', async (t) => {
  const cache = await aCache(t, { [oldBin]: 20 });
  const lock = join(cache.folder, 'bin.lock');
  await withLock(lock, cache.say, () => removeUnused(cache));
  assert.ok(existsSync(join(cache.folder, oldBin)));
  await removeUnused(cache);
  assert.ok(!existsSync(join(cache.folder, oldBin)));
});

test('what is used while others are removed stays', async (t) => {
  const cache = await aCache(t, { 'failed/p1': 30, 'failed/p2': 20 });
  const second = join(cache.folder, 'failed/p2');
  const touched = new Date(nowMs);
  await removeUnused({
    ...cache,
    say: () => utimesSync(second, touched, touched),
  });
  assert.deepEqual(await readdir(join(cache.folder, 'failed')), ['p2']);
});

test('one start removes a bounded number of things, the oldest first', async (t) => {
  const names = Array.from({ length: removalsMax + 2 }, (_, at) => `failed/lab${at}`);
  const cache = await aCache(t, Object.fromEntries(names.map((name, at) => [name, 20 + at])));
  await removeUnused(cache);
  assert.deepEqual(await readdir(join(cache.folder, 'failed')), ['lab0', 'lab1']);
});
