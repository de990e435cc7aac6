import { rm } from 'node:fs/promises';
import { removeCgroup } from './cgroups.ts';
import type { LabNames } from './names.ts';
import { removeNamespaces } from './network.ts';
import { isOwned, knownLabs } from './owner.ts';
import { killProgram } from './processes.ts';
import type { Say } from './say.ts';

/**
 * Removes everything of a lab, whatever state it is in: processes (everything in its cgroup),
 * mounts (they live in the nodes' mount namespaces and end with them), network namespaces, cgroups
 * and, last, its folder.
 */
export async function removeLab(names: LabNames): Promise<void> {
  if (!isCalledByWatcher(names)) await killProgram(names, 'watcher');
  await removeCgroup(names.cgroup);
  await removeNamespaces(names);
  await removeCgroup(names.cgroup);
  await rm(names.folder, { recursive: true, force: true });
}

/** Removes the labs whose owner is dead. */
export async function sweep(say: Say): Promise<void> {
  for (const names of await knownLabs()) {
    if (await isOwned(names)) continue;
    say(`removing lab ${names.id}, which its owner left behind`);
    await removeLab(names);
  }
}

/** The watcher becomes this very process: it must not kill itself half-way. */
function isCalledByWatcher(names: LabNames): boolean {
  return process.env['FAIRLEAD_LAB_WATCHER'] === names.id;
}
