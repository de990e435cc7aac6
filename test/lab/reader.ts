import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bundle, bundleFiles } from '../../tools/bundle.ts';
import { run } from './command.ts';
import type { Lab } from './lab.ts';
import { inLab } from './names.ts';

/**
 * A folder for the PATH of somebody who plays with a lab by hand, or follows `docs/guides/`:
 * `kubectl` with its plugin, and `curl` and `dig`, which ask from a machine outside the cluster.
 */
export async function readerCommands(lab: Lab): Promise<string> {
  const folder = inLab(lab.names, 'reader');
  await mkdir(folder, { recursive: true });
  const [kubectl = ''] = lab.kubectlCommand([]);
  await bundle();
  const programs = {
    kubectl,
    // The plugin's own Node: the machine's may be older.
    node: process.execPath,
    'kubectl-fairlead': bundleFiles.bundle,
    'kubectl_complete-fairlead': bundleFiles.bundle,
  };
  for (const [name, program] of Object.entries(programs)) {
    await rm(join(folder, name), { force: true });
    await symlink(program, join(folder, name));
  }
  for (const name of ['curl', 'dig']) await writeOutside(lab, join(folder, name));
  return folder;
}

async function writeOutside(lab: Lab, file: string): Promise<void> {
  const client = await lab.client('reader');
  // By its path: this file is on the PATH as well.
  const real = (await run(['sh', '-c', `command -v ${basename(file)}`])).trim();
  const command = client.command([real]).map(quoted).join(' ');
  await writeFile(file, `#!/bin/sh\nexec ${command} "$@"\n`);
  await chmod(file, 0o755);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
