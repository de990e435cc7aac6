import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { baseArchivePattern, baseImageOf, buildah } from './buildah.ts';
import { cacheFolder } from './files.ts';
import { tryLock } from './lock.ts';
import { inLab } from './names.ts';
import { isOwned, knownLabs } from './owner.ts';
import type { Say } from './say.ts';

/** What no run has used for so long is removed; a run that wants it again makes it again. */
export const unusedDaysMax = 14;

/** Things removed at one start: each takes a second at most, and the rest can wait. */
export const removalsMax = 8;

const dayMs = 86_400_000;

/** Removes what no run has used for `unusedDaysMax` days, and says what. */
export async function pruneCache(say: Say): Promise<void> {
  const folder = cacheFolder();
  const usedSinceMs = Math.min(Date.now() - unusedDaysMax * dayMs, await oldestLabMs());
  await removeUnused({ folder, usedSinceMs, say, removeImage });
}

/** A cache, and how to prune it. */
export type Pruning = {
  readonly folder: string;
  /** What was used last before this goes, ms since the epoch. */
  readonly usedSinceMs: number;
  readonly say: Say;
  /** Takes an image out of buildah's own storage. */
  readonly removeImage: (image: string) => Promise<void>;
};

/**
 * Removes the things that are older, oldest first and at most `removalsMax`. What another process
 * is busy with (it holds the thing's lock) stays until another time.
 */
export async function removeUnused(pruning: Pruning): Promise<void> {
  const things = (await Promise.all(shelves.map((shelf) => thingsOn(shelf, pruning)))).flat();
  const old = things.toSorted((a, b) => a.usedMs - b.usedMs).slice(0, removalsMax);
  for (const thing of old) await tryLock(thing.lock, () => remove(thing, pruning));
}

type Thing = { readonly path: string; readonly usedMs: number; readonly lock: string };

/** One folder of the cache, which names in it are things, and the lock their makers hold. */
type Shelf = {
  readonly below: string;
  readonly names: RegExp;
  readonly lock: string;
};

const shelves: readonly Shelf[] = [
  { below: '', names: /^bin-([a-z-]+-)?[0-9a-f]{16}$/, lock: 'bin.lock' },
  { below: 'stores', names: /^[0-9a-f]{16}$/, lock: 'stores.lock' },
  { below: 'images', names: /^[0-9a-f]{16}\.tar$/, lock: 'images.lock' },
  { below: '', names: baseArchivePattern, lock: 'images.lock' },
  { below: 'failed', names: /^[a-z0-9]{1,20}$/, lock: 'labs.lock' },
];

async function thingsOn(shelf: Shelf, { folder, usedSinceMs }: Pruning): Promise<Thing[]> {
  const all = (await readdir(join(folder, shelf.below)).catch(() => [])).filter((name) =>
    shelf.names.test(wholeName(name)),
  );
  const things = await Promise.all(
    all.map(async (name): Promise<Thing> => {
      const path = join(folder, shelf.below, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      return { path, usedMs: mtimeMs, lock: join(folder, shelf.lock) };
    }),
  );
  return things.filter(({ usedMs }) => usedMs < usedSinceMs);
}

/** What a killed removal left aside is as old as the thing was, and goes as it would have. */
function wholeName(name: string): string {
  return name.replace(/^\.(.*)\.removed$/, '$1');
}

async function remove(thing: Thing, { usedSinceMs, say, removeImage }: Pruning): Promise<void> {
  const { path } = thing;
  // Looked at again under the lock: somebody may have used or removed it meanwhile.
  const now = await stat(path).catch(() => undefined);
  if (now === undefined || now.mtimeMs >= usedSinceMs) return;
  const name = wholeName(basename(path));
  say(`removing ${path}, which no run has used since ${now.mtime.toISOString().slice(0, 10)}`);
  // Out of everybody's sight at once: a killed removal leaves nothing that looks whole.
  const aside = join(path, '..', `.${name}.removed`);
  if (aside !== path) {
    await rm(aside, { recursive: true, force: true });
    await rename(path, aside);
  }
  await rm(aside, { recursive: true, force: true });
  if (baseArchivePattern.test(name)) await removeImage(baseImageOf(name));
}

/** A lab that is up may still need what it came up with, an hour or two before its owner's mark. */
async function oldestLabMs(): Promise<number> {
  const times = await Promise.all(
    (await knownLabs()).map(async (names) => {
      if (!(await isOwned(names))) return Number.POSITIVE_INFINITY;
      return (await stat(inLab(names, 'owner.json'))).mtimeMs - dayMs;
    }),
  );
  return Math.min(...times);
}

async function removeImage(image: string): Promise<void> {
  // It may never have been imported, or a layer of it may still be in use.
  await buildah(['rmi', image]).catch(() => {});
}
