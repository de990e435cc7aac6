import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a rig's namespaces are called: by the process that made them. */
export const rigPrefix = 'fldp';

const ownNames = new RegExp(`^(${rigPrefix}(\\d+)-\\w+)`, 'gm');

/** Ends what runs in the namespaces of rigs whose process was killed, and removes them. */
export function removeLeftovers(): void {
  const list = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [, namespace = '', pid = ''] of list.matchAll(ownNames)) {
    if (isAlive(pid)) continue;
    const inside = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' });
    for (const each of inside.trim().split('\n').filter(Boolean)) endIfThere(Number(each));
    execFileSync('ip', ['netns', 'delete', namespace]);
  }
}

/** One that was killed and that nobody has waited for has no command any more. */
function isAlive(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
