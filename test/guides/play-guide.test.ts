import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseGuide } from './parse-guide.ts';
import { playGuide } from './play-guide.ts';

const fence = '```';

/** Plays a guide of these blocks, impatiently, with the real shell; answers its folder. */
async function played(t: TestContext, ...blocks: readonly string[][]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-guide-'));
  t.after(() => rm(folder, { recursive: true }));
  const text = blocks.map(([language, ...lines]) => [fence + language, ...lines, fence].join('\n'));
  const guide = parseGuide('a.md', ['# A guide', ...text].join('\n'));
  await playGuide(guide, { folder, environment: { WHO: 'reader' }, patienceSeconds: 1 });
  return folder;
}

test('files are written, commands run in their folder and environment, output is compared', async (t) => {
  const folder = await played(
    t,
    ['sh', '# file: greet.sh', 'echo "hello  $WHO"', 'echo aside >&2'],
    ['sh', 'sh greet.sh > seen.txt', 'sh greet.sh'],
    ['output', 'hello reader', 'aside'],
  );
  assert.equal(await readFile(join(folder, 'seen.txt'), 'utf8'), 'hello  reader\n');
});

test('a guide whose output differs from what is printed fails and says how', async (t) => {
  const wrong = played(t, ['sh', 'echo hello'], ['output', 'goodbye']);
  await assert.rejects(wrong, /a\.md:3: "echo hello" to print.*no line "goodbye" in:\nhello/s);
});

test('a command that fails ends the guide, and so does one that would be followed by output', async (t) => {
  const failing = ['sh', 'echo why; exit 3', 'touch later'];
  await assert.rejects(played(t, failing), /a\.md:3: ".*" ended with 3: why/);
  const first = played(t, ['sh', 'exit 4', 'echo hello'], ['output', 'hello']);
  await assert.rejects(first, /a\.md:3: "exit 4" ended with 4/);
});

test('the last command is repeated until it prints what the guide shows', async (t) => {
  await played(
    t,
    ['sh', '# file: slow.sh', 'echo x >> tries', 'wc -l < tries'],
    ['sh', 'sh slow.sh'],
    ['output', '2'],
  );
});

test('what a guide shows may be an error: its output decides, not its status', async (t) => {
  await played(t, ['sh', 'echo "no such pool"; exit 1'], ['output', 'no such pool']);
});
