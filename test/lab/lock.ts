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
  const hint = setTimeout(() => say(`waiting for another lab that is busy with ${file}`), 1000);
  const wait = ['--timeout', `${lockWaitSecondsMax}`];
  const release = await acquire(file, wait).finally(() => clearTimeout(hint));
  if (release === undefined) throw stillLocked(file);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** The same, but only if nobody holds the lock now; answers undefined when somebody does. */
export async function tryLock<T>(file: string, work: () => Promise<T>): Promise<T | undefined> {
  await mkdir(dirname(file), { recursive: true });
  const release = await acquire(file, ['--nonblock']);
  if (release === undefined) return undefined;
  try {
    return await work();
  } finally {
    await release();
  }
}

/** A first build of everything on a slow machine takes half of this. */
const lockWaitSecondsMax = 2400;

/** Gives the lock back; when it resolves, the next one can have it. */
type Release = () => Promise<void>;

/** Answers how to release the lock; undefined when it stayed with somebody else. */
async function acquire(file: string, wait: readonly string[]): Promise<Release | undefined> {
  const holder = spawn('flock', ['--exclusive', ...wait, file, 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const closed = once(holder, 'close');
  const isOurs = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    closed.then(() => false),
  ]);
  if (!isOurs) return undefined;
  return async () => {
    holder.stdin.end();
    await closed;
  };
}

function stillLocked(file: string): LabError {
  const text = `${file} stayed locked for ${lockWaitSecondsMax} s: another lab is building; stop it or wait`;
  return new LabError('LAB_LOCK_TIMEOUT', text);
}
