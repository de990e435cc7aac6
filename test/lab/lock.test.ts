import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tryLock, withLock } from './lock.ts';

test('two holders of a lock never overlap', async (t) => {
  const file = join(await scratch(t), 'lock');
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock(file, ignore, work)));
  assert.equal(most, 1);
});

test('the lock of a killed holder is free', async (t) => {
  const file = join(await scratch(t), 'lock');
  const source = `import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    await withLock(${JSON.stringify(file)}, () => {}, async () => {
      console.log('locked');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', source]);
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  assert.equal(await withLock(file, ignore, async () => 'mine'), 'mine');
});

test('who only tries gets the lock when it is free, again and again, and else goes on', async (t) => {
  const file = join(await scratch(t), 'lock');
  for (let at = 0; at < 20; at += 1) assert.equal(await tryLock(file, async () => at), at);
  const inner = withLock(file, ignore, () => tryLock(file, async () => 'mine'));
  assert.equal(await inner, undefined);
});

function ignore(): void {}

async function scratch(t: { after(work: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-lock-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
