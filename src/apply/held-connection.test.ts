import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { HeldConnection } from './held-connection.ts';

suite('a held connection', () => {
  let directory: string;
  let path: string;
  let held: HeldConnection;
  let worker: Worker;
  let heard: Heard;
  let isStarved = false;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fairlead-held-'));
    path = join(directory, 'cli.sock');
    worker = await startWorker(path);
    heard = new Heard();
    held = new HeldConnection(path, {
      lost: (why) => heard.say(why),
      found: () => heard.say('found'),
      isStarved: () => isStarved,
    });
    held.open();
    await heard.word('found');
  });
  afterEach(() => {
    isStarved = false;
    held.close();
    worker.end();
    rmSync(directory, { recursive: true, force: true });
  });

  test('says within milliseconds that the worker ended', async () => {
    const started = performance.now();
    worker.end();
    await heard.word('ended');
    assert.ok(performance.now() - started < 100);
    assert.equal(held.alive, false);
  });

  test('says that the worker hangs, and that it answers again', async () => {
    worker.answering = false;
    await heard.word('hung');
    assert.equal(held.alive, false);
    worker.answer();
    await heard.word('found');
    assert.equal(held.alive, true);
  });

  test('on a node short of CPU time an answer may be late, but not for ever', async () => {
    isStarved = true;
    worker.answering = false;
    const asked = performance.now();
    await heard.word('hung');
    assert.ok(performance.now() - asked >= 1_500, 'three times as late as usual');
  });

  test('finds the next worker by itself', async () => {
    worker.end();
    await heard.word('ended');
    worker = await startWorker(path);
    await heard.word('found');
    assert.equal(held.alive, true);
  });

  test('an old worker that ends while a new one listens is not the end', async () => {
    const [old] = worker.connections;
    old?.destroy();
    await worker.connected(2);
    assert.deepEqual(heard.words, []);
    assert.equal(held.alive, true);
  });

  test('renew moves to the new worker and lets the old one go', async () => {
    const [old] = worker.connections;
    const closed = new Promise((resolve) => old?.once('close', resolve));
    held.renew();
    await closed;
    assert.equal(worker.connections.length, 2);
    assert.deepEqual(heard.words, []);
  });

  test('a look that was due as it moved says nothing of the new worker', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    held.renew();
    await worker.connected(2);
    worker.answering = false;
    held.renew();
    // The time of the second worker is over while the third connection is being made.
    t.mock.timers.tick(2_000);
    await worker.connected(3);
    for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate);
    assert.deepEqual(heard.words, []);
    worker.answer();
  });
});

/** Words as they are said, and a way to wait for the next. */
class Heard {
  words: string[] = [];
  #next: (() => void) | undefined;

  say(word: string): void {
    this.words.push(word);
    this.#next?.();
  }

  async word(expected: string): Promise<void> {
    while (this.words.length === 0)
      await new Promise<void>((resolve) => {
        this.#next = resolve;
      });
    assert.equal(this.words.shift(), expected);
  }
}

type Worker = {
  answering: boolean;
  readonly connections: Socket[];
  readonly answer: () => void;
  readonly connected: (count: number) => Promise<void>;
  readonly end: () => void;
};

/** Stands for a worker's CLI in prompt mode: the real one cannot be made to hang at a word. */
async function startWorker(path: string): Promise<Worker> {
  const connections: Socket[] = [];
  const waiting: (() => void)[] = [];
  const server: Server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (worker.answering) socket.write('\n> ');
      for (const wake of waiting.splice(0)) wake();
    });
  });
  const worker: Worker = {
    answering: true,
    connections,
    answer: () => {
      worker.answering = true;
      for (const socket of connections) socket.write('3.0.11\n\n> ');
    },
    connected: async (count) => {
      while (connections.length < count) await new Promise<void>((wake) => waiting.push(wake));
    },
    end: () => {
      server.close();
      for (const socket of connections) socket.destroy();
    },
  };
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return worker;
}
