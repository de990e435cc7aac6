import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { complaint, HaproxySilent, HaproxySocket, splitAnswers } from './haproxy-socket.ts';

test('the answers of a batch are told apart, empty ones too', () => {
  // Said by HAProxy 3.0.11 to: add server; set server ... drain; enable health; bogus; set server
  // (unknown).
  const text =
    "New server registered.\n\n\n\nUnknown command: 'bogus'\n  help\n  quit\n\nNo such server.\n\n";
  assert.deepEqual(splitAnswers(text), [
    'New server registered.',
    '',
    '',
    "Unknown command: 'bogus'\n  help\n  quit",
    'No such server.',
  ]);
});

test('an answer that was cut off is still judged', () => {
  assert.deepEqual(splitAnswers('\nNo such server.'), ['', 'No such server.']);
});

for (const good of [
  '',
  'New server registered.',
  'Server deleted.',
  'Done.',
  'All sockets are already enabled.',
]) {
  test(`${JSON.stringify(good)} is no complaint`, () => assert.equal(complaint(good), undefined));
}

for (const bad of [
  'No such server.',
  'Server still has connections attached to it, cannot remove it.',
]) {
  test(`${JSON.stringify(bad)} is one`, () => assert.equal(complaint(bad), bad));
}

test('a command without an answer is one', () => assert.equal(complaint(undefined), 'no answer'));

suite('a socket', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-socket-'));
  const path = join(directory, 'cli.sock');
  let server: Server;
  let heard = '';
  let reply = '';

  before((_, done) => {
    server = createServer((connection) => {
      connection.once('data', (chunk) => {
        heard = chunk.toString();
        connection.end(reply);
      });
    }).listen(path, done);
  });
  after(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  test('a batch is one line', async () => {
    reply = '\nNo such server.\n\n';
    const answers = await new HaproxySocket(path).batch([
      'enable frontend a',
      'set server a/b state ready',
    ]);
    assert.equal(heard, 'enable frontend a;set server a/b state ready\n');
    assert.deepEqual(answers, ['', 'No such server.']);
  });

  test('a master says whether a reload worked, and why not', async () => {
    reply = 'Success=1\n--\n[NOTICE] New worker (7) forked\n\n';
    assert.equal((await new HaproxySocket(path).reload()).ok, true);
    assert.equal(heard, 'reload;quit\n');
    reply = 'Success=0\n--\n[ALERT] cannot bind socket\n\n';
    const refused = await new HaproxySocket(path).reload();
    assert.equal(refused.ok, false);
    assert.match(refused.detail, /cannot bind socket/);
  });

  test('an end without an answer is not an empty answer', async () => {
    reply = '';
    await assert.rejects(new HaproxySocket(path).ask('show info'), HaproxySilent);
  });

  test('nobody there is HaproxySilent, with the path', async () => {
    const asked = new HaproxySocket(join(directory, 'none')).ask('show info');
    await assert.rejects(asked, { code: 'HAPROXY_SILENT', message: /none/ });
  });
});
