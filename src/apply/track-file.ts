import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory, readIfThere } from './files.ts';

/**
 * Writes 1 (FAULT) or 0 into a track file, in place: Keepalived sees it within milliseconds
 * (dataplane.md section 4).
 */
export async function writeTrack(path: string, value: 0 | 1): Promise<void> {
  await makeDirectory(dirname(path));
  await writeFile(path, `${value}\n`, { mode: 0o600 });
}

/**
 * Makes a track file say 0 unless it does: one left at 1 by an agent that died in a move would keep
 * its node out for ever.
 */
export async function clearTrack(path: string): Promise<void> {
  if ((await readIfThere(path)).trim() !== '0') await writeTrack(path, 0);
}

/**
 * Makes a track file say 1 if there is none: `keepalived -t` refuses a file that is missing, and
 * until the supervisor of HAProxy has said 0 nothing serves here.
 */
export async function claimTrack(path: string): Promise<void> {
  if ((await readIfThere(path)) === '') await writeTrack(path, 1);
}
