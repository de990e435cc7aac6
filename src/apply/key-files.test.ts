import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Authority } from '../../test/lab/certificates.ts';
import { poolPaths } from '../render/pool-paths.ts';
import { refusalMilliseconds } from '../tables/limits.ts';
import { type KeyFile, KeyFiles } from './key-files.ts';

const file = 'tls_shop_web.pem';
const key = (text: string): KeyFile => ({ kind: 'certificate', file, text });

/**
 * Key files with a HAProxy that can be steered, as the real one cannot: to hang, to be ended, to
 * say what it says of itself once in a year. It takes everything until it is told otherwise.
 */
class Steered {
  readonly directory = mkdtempSync(join(tmpdir(), 'fairlead-keys-'));
  readonly paths = poolPaths('edge', { run: this.directory, keep: this.directory });
  /** What the running HAProxy was asked, without the texts. */
  readonly heard: string[] = [];
  nowMs = 0;
  answer: (command: string) => string = (command) => answers[command.split(' ')[0] ?? ''] ?? '';
  readonly files = new KeyFiles(this.paths, () => this.nowMs);
  #server: Server | undefined;

  constructor(t: TestContext) {
    const { PATH } = process.env;
    process.env['PATH'] = `${this.directory}:${PATH}`;
    mkdirSync(this.paths.keyDirectory, { recursive: true });
    this.checks('exit 0');
    t.after(() => {
      process.env['PATH'] = PATH;
      this.stop();
      rmSync(this.directory, { recursive: true });
    });
  }

  /** What `haproxy -c` does. */
  checks(script: string): void {
    writeFileSync(join(this.directory, 'haproxy'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.directory, 'haproxy'), 0o755);
  }

  async start(): Promise<void> {
    this.#server = createServer((connection) => {
      connection.once('data', (chunk) => {
        const [command = ''] = chunk.toString().split(/ <<|\n/);
        this.heard.push(command.replaceAll(`${this.paths.keyDirectory}/`, ''));
        connection.end(this.answer(this.heard.at(-1) ?? ''));
      });
    }).listen(this.paths.haproxySocket);
    await once(this.#server, 'listening');
  }

  stop(): void {
    this.#server?.close();
  }

  async install(text: string): Promise<string | undefined> {
    return (await this.files.install([key(text)])).refusals[file];
  }

  text(): string {
    return readFileSync(join(this.paths.keyDirectory, file), 'utf8');
  }
}

const answers: Readonly<Record<string, string>> = {
  show: 'Pid: 7\n\n',
  set: 'Transaction created for certificate x!\n\n',
  commit: 'Committing x.\nSuccess!\n\n',
  abort: 'Transaction aborted.\n\n',
};

test('a HAProxy that does not answer refuses nothing: the key is offered again at once', async (t) => {
  const steered = new Steered(t);
  await steered.start();
  assert.equal(await steered.install('old'), undefined);
  steered.answer = (command) => (command.startsWith('set') ? '' : (answers['show'] ?? ''));
  assert.match((await steered.install('new')) ?? '', /does not answer/);
  assert.equal(steered.text(), 'old');
  steered.answer = (command) => answers[command.split(' ')[0] ?? ''] ?? '';
  assert.equal(await steered.install('new'), undefined);
  assert.equal(steered.text(), 'new');
});

test('a HAProxy that hangs is left alone for a while: the others are to be served', async (t) => {
  const steered = new Steered(t);
  await steered.start();
  await steered.install('old');
  const { answer } = steered;
  steered.answer = (command) => {
    if (!command.startsWith('set')) return answer(command);
    steered.nowMs += 10_000;
    return '';
  };
  const times = () => steered.heard.filter((command) => command.startsWith('set')).length;
  assert.match((await steered.install('new')) ?? '', /does not answer/);
  steered.nowMs += 39_999;
  assert.match((await steered.install('new')) ?? '', /does not answer/);
  assert.equal(times(), 1);
  steered.nowMs += 1;
  steered.answer = answer;
  assert.equal(await steered.install('new'), undefined);
});

test('a check that was ended says nothing of the key', async (t) => {
  const steered = new Steered(t);
  steered.checks('kill -9 $$');
  assert.match((await steered.install('new')) ?? '', /did not end by itself/);
  steered.checks('exit 0');
  assert.equal(await steered.install('new'), undefined);
  assert.equal(steered.text(), 'new');
});

test('what cannot be written now is written later', async (t) => {
  const steered = new Steered(t);
  // Root may write everywhere but into a directory that is none.
  rmSync(steered.paths.keyDirectory, { recursive: true });
  writeFileSync(steered.paths.keyDirectory, '');
  await assert.rejects(steered.files.install([key('new')]), { code: 'ENOTDIR' });
  rmSync(steered.paths.keyDirectory);
  mkdirSync(join(steered.paths.keyDirectory, `${file}.candidate.writing`), { recursive: true });
  assert.match((await steered.install('new')) ?? '', /EISDIR/);
  rmSync(steered.paths.keyDirectory, { recursive: true });
  assert.equal(await steered.install('new'), undefined);
  assert.equal(steered.text(), 'new');
});

test('what HAProxy refuses it is not asked for a minute, and another text at once', async (t) => {
  const steered = new Steered(t);
  const asked = join(steered.directory, 'asked');
  const times = () => readFileSync(asked, 'utf8').length;
  writeFileSync(asked, '');
  steered.checks(`printf x >>${asked}; echo '[ALERT] (1) : config : ca md too weak'; exit 1`);
  assert.equal(await steered.install('weak'), 'ca md too weak');
  steered.nowMs = refusalMilliseconds - 1;
  assert.equal(await steered.install('weak'), 'ca md too weak');
  assert.equal(times(), 1);
  await steered.install('weak as well');
  assert.equal(times(), 2);
  steered.nowMs += refusalMilliseconds;
  await steered.install('weak as well');
  assert.equal(times(), 3);
  steered.checks('exit 0');
  assert.equal(await steered.install('good'), undefined);
});

test('a transaction that somebody left open is ended, and the key taken', async (t) => {
  const steered = new Steered(t);
  await steered.start();
  await steered.install('old');
  let open = true;
  steered.answer = (command) => {
    if (command.startsWith('abort')) open = false;
    const [verb = ''] = command.split(' ');
    const about = `The ongoing transaction is about '/k/tls_shop_zoo.pem' but you are trying to set x`;
    return verb === 'set' && open ? `${about}\nCan't update x!\n\n` : (answers[verb] ?? '');
  };
  assert.equal(await steered.install('new'), undefined);
  const changes = steered.heard.filter((command) => !command.startsWith('show'));
  assert.deepEqual(changes, [
    `set ssl cert ${file}`,
    'abort ssl cert /k/tls_shop_zoo.pem',
    `set ssl cert ${file}`,
    `commit ssl cert ${file}`,
  ]);
  assert.equal(steered.text(), 'new');
});

test('what only a reload brings to HAProxy is in its file, and waits, also for a new agent', async (t) => {
  const steered = new Steered(t);
  await steered.start();
  await steered.install('old');
  const { answer } = steered;
  steered.answer = (command) =>
    command.startsWith('commit') ? 'unable to load SSL private key.\nFailed!\n\n' : answer(command);
  assert.equal(await steered.install('new'), undefined);
  assert.equal(steered.text(), 'new');
  assert.deepEqual(await steered.files.waiting(), [file]);
  assert.deepEqual(await new KeyFiles(steered.paths).waiting(), [file]);
  // It is not offered another one: what it has of it is not what it says.
  const offers = () => steered.heard.filter((command) => command.startsWith('set')).length;
  const before = offers();
  assert.equal(await steered.install('newer'), undefined);
  assert.deepEqual([steered.text(), offers()], ['newer', before]);
  steered.answer = (command) => (command.startsWith('show') ? 'Pid: 8\n\n' : answer(command));
  assert.deepEqual(await steered.files.waiting(), []);
  assert.equal(await steered.install('newest'), undefined);
  assert.equal(offers(), before + 1);
  assert.deepEqual(await steered.files.waiting(), []);
});

test('what a reload would not take either is refused, and the old one stays', async (t) => {
  const steered = new Steered(t);
  await steered.start();
  await steered.install('old');
  const { answer } = steered;
  steered.answer = (command) => (command.startsWith('commit') ? 'Failed!\n\n' : answer(command));
  writeFileSync(
    steered.paths.haproxyConfiguration,
    `bind :1 crt ${steered.paths.keyDirectory}/${file}`,
  );
  steered.checks(
    'grep -q "crt .*candidate" "$3" && grep -q probe "$3" && exit 0; echo too weak; exit 1',
  );
  assert.equal(await steered.install('new'), 'too weak');
  assert.equal(steered.text(), 'old');
  assert.deepEqual(await steered.files.waiting(), []);
});

test('what a file holds ends when it ends, whatever comes of its Secret, also for a new agent', async (t) => {
  const steered = new Steered(t);
  using authority = new Authority();
  const { certificate, key: secret } = authority.issue(['shop.test']);
  await steered.install(certificate + secret);
  const days = (endsMs: Readonly<Record<string, number>>) =>
    Object.values(endsMs).map((ms) => ms > Date.now());
  const { endsMs } = await steered.files.install([]);
  assert.deepEqual(days(endsMs), [true]);
  steered.checks('echo no; exit 1');
  assert.deepEqual((await steered.files.install([key('later')])).endsMs, endsMs);
  assert.deepEqual((await new KeyFiles(steered.paths).install([])).endsMs, endsMs);
  await steered.files.keepOnly(new Set());
  assert.deepEqual((await steered.files.install([])).endsMs, {});
});
