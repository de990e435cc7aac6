import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The project's top folder. */
export const projectFolder = join(import.meta.dirname, '../..');

/**
 * Where binaries, images and stores outlive a lab and a checkout: `$XDG_CACHE_HOME/fairlead-lab`.
 */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(base, 'fairlead-lab');
}

/** The folder that holds one lab and nothing else; removed by `down`. */
export function labFolder(id: string): string {
  return join(tmpdir(), `${labFolderPrefix}${id}`);
}

export const labFolderPrefix = 'fairlead-lab-';

/** Writes a whole file or nothing: beside it first, then renamed. */
export async function writeWhole(file: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}.tmp`;
  await writeFile(beside, text, { mode });
  await rename(beside, file);
}

/** Says that a thing of the cache was used just now; of what is not there nothing is said. */
export async function markUsed(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}

/** Reads JSON that the lab itself wrote; undefined when the file is missing. */
export async function readJson<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** Builds `target` in a folder beside it and renames it into place: never seen half done. */
export async function intoPlace(
  target: string,
  build: (folder: string) => Promise<void>,
): Promise<void> {
  const beside = `${target}.${process.pid}.tmp`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { recursive: true });
  try {
    await build(beside);
    await rename(beside, target);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
