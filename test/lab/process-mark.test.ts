import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { isAlive, killMarked, markOf } from './process-mark.ts';

test('a mark is alive while its process runs, and dead after', async () => {
  const child = spawn('sleep', ['60']);
  const mark = markOf(child.pid ?? 0);
  assert.ok(mark !== undefined && isAlive(mark));
  killMarked(mark);
  await once(child, 'close');
  assert.ok(!isAlive(mark));
});

test('another process with the same pid is not the marked one', () => {
  const mark = markOf(process.pid);
  assert.ok(mark !== undefined);
  assert.ok(!isAlive({ ...mark, startTime: '1' }));
  assert.ok(!isAlive({ ...mark, bootId: 'an earlier boot' }));
});
