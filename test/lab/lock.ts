import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabError } from './lab-error.ts';
import type { Say } from './say.ts';

/**
 * Runs `work` while holding an exclusive lock on `file`. The kernel releases it when this process
 * ends, however it ends: the lock belongs to a flock(1) child that lives as long as our end of its
 * pipe.
 */
export async function withLock<T>(file: string, say: Say, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const release = await acquire(file, say);
  try {
    return await work();
  } finally {
    release();
  }
}

/** A first build of everything on a slow machine takes half of this. */
const lockWaitSecondsMax = 2400;

async function acquire(file: string, say: Say): Promise<() => void> {
  const holder = spawn(
    'flock',
    ['--exclusive', '--timeout', `${lockWaitSecondsMax}`, file, 'sh', '-c', 'echo; exec cat'],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const hint = setTimeout(() => say(`waiting for another lab that is busy with ${file}`), 1000);
  const [got] = await Promise.race([
    once(holder.stdout, 'data').then(() => [true]),
    once(holder, 'close').then(() => [false]),
  ]);
  clearTimeout(hint);
  if (got) return () => holder.stdin.end();
  const text = `${file} stayed locked for ${lockWaitSecondsMax} s: another lab is building; stop it or wait`;
  throw new LabError('LAB_LOCK_TIMEOUT', text);
}
