import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { inLab, type LabNames } from './names.ts';
import { markOf } from './process-mark.ts';
import { writeMark } from './processes.ts';

/**
 * Starts the process that removes the lab when this one dies; outside the lab's cgroup, which it
 * empties.
 */
export async function startWatcher(names: LabNames): Promise<void> {
  const owner = markOf(process.pid);
  if (owner === undefined) return;
  const down = [
    process.execPath,
    join(import.meta.dirname, 'bin/lab.ts'),
    'down',
    '--id',
    names.id,
  ];
  const argv = [`${owner.pid}`, owner.startTime, names.id, ...down];
  mkdirSync(inLab(names, 'log'), { recursive: true });
  const log = openSync(inLab(names, 'log', 'watcher.log'), 'a');
  const script = join(import.meta.dirname, 'watcher.sh');
  const stdio = ['ignore', log, log] as const;
  const child = spawn('sh', [script, ...argv], { detached: true, stdio: [...stdio], cwd: '/' });
  closeSync(log);
  child.unref();
  const mark = child.pid === undefined ? undefined : markOf(child.pid);
  if (mark !== undefined) await writeMark(names, 'watcher', mark);
}
