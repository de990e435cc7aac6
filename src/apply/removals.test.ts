import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import type { Removal } from './removals.ts';
import { Removals } from './removals.ts';

const [one, two] = ['s1', 's2'].map((server): Removal => {
  return { kind: 'server-remove', backend: 'b', server };
}) as [Removal, Removal];
const still = 'Server still has connections attached to it, cannot remove it.';

suite('removals', () => {
  let nowMs = 0;
  let heard: string[] = [];
  /** Servers with connections. */
  let busy = new Set<string>();
  let removals: Removals;
  let close: () => void;

  beforeEach(async () => {
    [nowMs, heard, busy] = [0, [], new Set()];
    const directory = mkdtempSync(join(tmpdir(), 'fairlead-removals-'));
    const socket = join(directory, 'cli.sock');
    const server = createServer((connection) => {
      connection.once('data', (chunk) => {
        const commands = chunk.toString().trim().split(';');
        heard.push(...commands);
        connection.end(commands.map(answer).join(''));
      });
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    removals = new Removals(socket, () => nowMs);
    close = () => {
      server.close();
      rmSync(directory, { recursive: true });
    };
  });
  afterEach(() => close());

  function answer(command: string): string {
    const name = command.split('/')[1] ?? '';
    if (!command.startsWith('del ')) return '\n';
    return busy.has(name) ? `${still}\n\n` : 'Server deleted.\n\n';
  }
  const run = async (...steps: Removal[]) => {
    heard = [];
    return (await removals.run(steps)).map(({ step, ok }) => [(step as Removal).server, ok]);
  };

  test('who has connections is waited for by nobody, and ends when its time is over', async () => {
    busy.add('s1');
    assert.deepEqual(await run(one, two), [['s2', true]]);
    const out = ['set server b/s1 state maint', 'set server b/s2 state maint'];
    assert.deepEqual(heard, [...out, 'del server b/s1', 'del server b/s2']);
    assert.equal(removals.isWaiting, true);
    nowMs = 299;
    assert.deepEqual(await run(one), []);
    assert.deepEqual(heard, [], 'its connections have their time');
    nowMs = 300;
    busy.clear();
    assert.deepEqual(await run(one), [['s1', true]]);
    const cut = ['set server b/s1 state maint', 'shutdown sessions server b/s1'];
    assert.deepEqual(heard, [...cut, 'del server b/s1']);
    assert.equal(removals.isWaiting, false);
  });

  test('who is wanted again in between has all of its time the next time', async () => {
    busy.add('s1');
    await run(one);
    assert.equal(removals.hasBegun, true);
    await run();
    assert.deepEqual([removals.isWaiting, removals.hasBegun], [false, false]);
    nowMs = 400;
    await run(one);
    assert.ok(!heard.some((command) => command.startsWith('shutdown')));
  });

  test('who does not end is spoken of once, and tried for ever', async () => {
    busy.add('s1');
    await run(one);
    nowMs = 400;
    assert.deepEqual(await run(one), []);
    assert.equal(removals.hasBegun, false);
    nowMs = 2_300;
    assert.deepEqual(await run(one), [['s1', false]]);
    nowMs = 2_400;
    assert.deepEqual(await run(one), []);
    assert.equal(removals.isWaiting, true);
    busy.clear();
    assert.deepEqual(await run(one), [['s1', true]]);
  });
});
