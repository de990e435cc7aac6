import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commands, type RuntimeStep, type Step } from '../plan/step.ts';
import { aServer } from '../render/desired-fixture.ts';
import { serverOptions } from '../render/haproxy-settings.ts';
import { poolPaths } from '../render/pool-paths.ts';
import { judged, lines } from './cli-lines.ts';
import { execute } from './execute.ts';
import { writeAtomically } from './files.ts';
import { lineBytesMax } from './haproxy-socket.ts';

const add = (last: number): RuntimeStep => ({
  kind: 'server-add',
  options: serverOptions({}, poolPaths('edge')),
  backend: 'shop_web_80_192.0.2.10',
  family: 'IPv4',
  server: aServer(last),
});
const enable: RuntimeStep = { kind: 'frontend-enable', frontend: 'shop_web_80_192.0.2.10' };

test('a thousand servers go in lines that HAProxy can read, in order and none twice', () => {
  const steps = Array.from({ length: 1000 }, (_, index) => add(index));
  const packed = lines(steps);
  assert.deepEqual(packed.flat(), steps);
  for (const line of packed) {
    assert.ok(line.flatMap(commands).join(';').length <= lineBytesMax);
  }
  assert.ok(packed.length < 40);
});

test('every step is judged by its own answers', () => {
  const answers = ['Already exists a server with the same name in backend.', '', '', ''];
  assert.deepEqual(judged([add(1), enable], answers), [
    { step: add(1), ok: false, detail: answers[0] },
    { step: enable, ok: true, detail: '' },
  ]);
});

test('a batch that was cut off fails the steps it did not reach', () => {
  const outcomes = judged([enable, enable], ['']);
  assert.deepEqual(
    outcomes.map(({ ok }) => ok),
    [true, false],
  );
});

test('a transcript: file, then the socket; removals on lines of their own', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-execute-'));
  const paths = poolPaths('edge', { run: directory, keep: directory });
  await writeAtomically(paths.haproxyConfiguration, 'old');
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.once('data', (chunk) => {
      heard.push(chunk.toString());
      socket.end('\n'.repeat(chunk.toString().split(';').length));
    });
  });
  await new Promise<void>((resolve) => server.listen(paths.haproxySocket, resolve));
  const steps: Step[] = [
    { kind: 'write-file', file: 'haproxy.cfg', text: 'new', check: false },
    { kind: 'server-ready', backend: 'b', server: 's1' },
    { kind: 'frontend-enable', frontend: 'b' },
    { kind: 'server-remove', backend: 'b', server: 's2' },
  ];
  const outcomes = await execute(steps, paths);
  server.close();
  rmSync(directory, { recursive: true });
  assert.deepEqual(
    outcomes.map(({ ok }) => ok),
    [true, true, true, true],
  );
  assert.deepEqual(heard, [
    'set server b/s1 state ready;enable frontend b\n',
    'set server b/s2 state maint\n',
    'del server b/s2\n',
  ]);
});

test('nothing follows a structural step that failed', async () => {
  const paths = poolPaths('edge', { run: '/dev/null', keep: '/dev/null' });
  const steps: Step[] = [
    { kind: 'write-file', file: 'haproxy.cfg', text: 'new', check: false },
    { kind: 'haproxy-reload', reasons: ['FrontendAdded b'] },
  ];
  const outcomes = await execute(steps, paths);
  assert.deepEqual(
    outcomes.map(({ step, ok }) => [step.kind, ok]),
    [['write-file', false]],
  );
});
