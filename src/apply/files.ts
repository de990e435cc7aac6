import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file so that a reader finds the old text or the new one, also after a power cut: beside
 * it, flushed, renamed. For its owner only. Creates the directory.
 */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const beside = `${path}.writing`;
  await makeDirectory(dirname(path));
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

/**
 * Creates a directory and those above it, for their owner only. Not by `recursive`, which never
 * ends, at full speed, where a directory was removed under its mount: it is there, and nothing can
 * be made in it.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (isCode(error, 'EEXIST')) return;
    if (!isCode(error, 'ENOENT') || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
}

/** The text of a file; empty when there is none. Every other error is thrown. */
export async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  }
}

/** Whether an error is the system's `code`. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
