import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { labFolderPrefix, readJson, writeWhole } from './files.ts';
import { LabError } from './lab-error.ts';
import { inLab, type LabNames, labNames } from './names.ts';
import { bootId, isAlive, markOf, type ProcessMark } from './process-mark.ts';

/**
 * Who answers for a lab: a process, or nobody until someone says `down` (a detached lab ends with
 * the boot).
 */
export type Owner =
  | { readonly kind: 'process'; readonly mark: ProcessMark }
  | { readonly kind: 'detached'; readonly bootId: string };

/** This process as an owner. */
export function thisProcess(): Owner {
  const mark = markOf(process.pid);
  if (mark === undefined) throw new LabError('LAB_COMMAND_FAILED', 'cannot read /proc/self/stat');
  return { kind: 'process', mark };
}

/** A lab that stays until `down`. */
export function detached(): Owner {
  return { kind: 'detached', bootId: bootId() };
}

export async function writeOwner(names: LabNames, owner: Owner): Promise<void> {
  await writeWhole(inLab(names, 'owner.json'), JSON.stringify(owner));
}

/**
 * Whether anybody still answers for the lab. A folder without an owner was left while it was being
 * made.
 */
export async function isOwned(names: LabNames): Promise<boolean> {
  const owner = await readJson<Owner>(inLab(names, 'owner.json'));
  if (owner === undefined) return false;
  return owner.kind === 'process' ? isAlive(owner.mark) : owner.bootId === bootId();
}

/** The labs that have a folder on this machine. */
export async function knownLabs(): Promise<LabNames[]> {
  const entries = await readdir(tmpdir());
  const ids = entries
    .filter((entry) => entry.startsWith(labFolderPrefix))
    .map((entry) => entry.slice(labFolderPrefix.length));
  return ids.filter((id) => /^[a-z0-9]{1,20}$/.test(id)).map(labNames);
}
