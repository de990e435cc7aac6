import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { anInstance, aPool } from '../render/desired-fixture.ts';
import { poolPaths } from '../render/pool-paths.ts';
import { readIfThere, writeAtomically } from './files.ts';
import { keepKeepalived, keepRecord, readLoaded, readRecord } from './last-good.ts';
import { command, supervised } from './supervisor-fifo.ts';
import { clearTrack, writeTrack } from './track-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'fairlead-files-'));
after(() => rmSync(directory, { recursive: true }));

test('a file is replaced whole, for its owner only, and leaves nothing beside it', async () => {
  const path = join(directory, 'new/haproxy.cfg');
  await writeAtomically(path, 'one');
  await writeAtomically(path, 'two');
  assert.equal(await readIfThere(path), 'two');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(directory, 'new')), ['haproxy.cfg']);
});

test('no file reads as empty, an unreadable one is an error', async () => {
  assert.equal(await readIfThere(join(directory, 'none')), '');
  await assert.rejects(readIfThere(directory), { code: 'EISDIR' });
});

test('a track file left at 1 is cleared; one that was never written too', async () => {
  const path = join(directory, 'track/51');
  await writeTrack(path, 1);
  await clearTrack(path);
  assert.equal(readFileSync(path, 'utf8'), '0\n');
  await clearTrack(join(directory, 'track/52'));
  assert.equal(readFileSync(join(directory, 'track/52'), 'utf8'), '0\n');
});

suite('the last good state', () => {
  const paths = poolPaths('edge', { run: join(directory, 'run'), keep: join(directory, 'keep') });

  test('comes back as it was kept', async () => {
    const loaded = { text: 'global_defs', desired: aPool([], anInstance()).keepalived };
    await keepKeepalived(paths, loaded);
    await keepRecord(paths, ['192.0.2.10']);
    assert.deepEqual(await readLoaded(paths), loaded);
    assert.deepEqual(await readRecord(paths), ['192.0.2.10']);
    assert.equal(await readIfThere(join(paths.keepDirectory, 'keepalived.conf')), 'global_defs');
  });

  test('half a file or none is no state, and no error', async () => {
    writeFileSync(join(paths.keepDirectory, 'applied.json'), '{"text":');
    assert.equal(await readLoaded(paths), undefined);
    const other = poolPaths('other', { run: directory, keep: directory });
    assert.equal(await readLoaded(other), undefined);
    assert.deepEqual(await readRecord(other), []);
  });
});

test('a directory is made with those above it; in one that was removed nothing is', () => {
  const made = join(directory, 'a/b/c');
  // A child of its own: only one that stands in a removed directory sees one.
  const program = [
    `import { makeDirectory } from ${JSON.stringify(join(import.meta.dirname, 'files.ts'))};`,
    `import { mkdirSync, rmdirSync } from 'node:fs';`,
    `await makeDirectory(${JSON.stringify(made)});`,
    `mkdirSync('${directory}/gone'); process.chdir('${directory}/gone'); rmdirSync('${directory}/gone');`,
    `await makeDirectory('x/y').catch((error) => console.log(error.code));`,
  ].join('\n');
  const words = ['--input-type=module', '-e', program];
  const said = execFileSync(process.execPath, words, { timeout: 20_000, encoding: 'utf8' });
  assert.equal(said.trim(), 'ENOENT');
  assert.ok(existsSync(made));
});

suite('a supervisor', () => {
  const fifo = join(directory, 'command');

  test('that is not there hears nothing, and that is said', async () => {
    assert.equal(await command(fifo, 'reload'), false);
    execFileSync('mkfifo', [fifo]);
    assert.equal(await supervised(fifo), false);
  });

  test('that holds its FIFO open gets whole lines', async () => {
    const descriptor = openSync(fifo, 'r+');
    assert.equal(await supervised(fifo), true);
    assert.equal(await command(fifo, 'reload'), true);
    assert.equal(await command(fifo, 'stop'), true);
    const line = execFileSync('head', ['-n', '2'], { stdio: [descriptor, 'pipe', 'inherit'] });
    assert.equal(line.toString(), 'reload\nstop\n');
    closeSync(descriptor);
  });
});
