import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folderPrefix = 'fairlead-bench-';
/** Below it: the folder of the rig of this process. */
const rigNote = 'rig';

/**
 * A temporary folder named after this process, which removes it. Those of benches that were killed
 * are removed first, with what their rigs left: namespaces, and what runs in them.
 */
export function ownFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${folderPrefix}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) removeLeft(owner, name);
  }
  const folder = mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // A signal alone would end the process without that.
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  return folder;
}

/** Writes down which folder the rig of this process has, for whoever comes after a kill -9. */
export function noteRig(folder: string, rigDirectory: string): void {
  writeFileSync(join(folder, rigNote), rigDirectory);
}

function removeLeft(owner: string, name: string): void {
  const folder = join(tmpdir(), name);
  const note = join(folder, rigNote);
  if (existsSync(note)) {
    for (const namespace of namespacesOf(owner)) removeNamespace(namespace);
    rmSync(readFileSync(note, 'utf8'), { recursive: true, force: true, maxRetries: 20 });
  }
  rmSync(folder, { recursive: true, force: true });
}

/** A rig names its namespaces after its process (test/dataplane/rig.ts). */
function namespacesOf(owner: string): string[] {
  const names = ip('netns', 'list').split('\n');
  return names.map((line) => line.split(' ')[0] ?? '').filter((n) => n.startsWith(`fldp${owner}-`));
}

function removeNamespace(namespace: string): void {
  for (const pid of ip('netns', 'pids', namespace).split('\n')) {
    if (pid !== '') killIfThere(Number(pid));
  }
  ip('netns', 'delete', namespace);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' });
}
