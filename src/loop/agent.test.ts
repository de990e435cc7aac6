/** What an agent does for its node while the API server is slow to hear of it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anAgent } from '../../test/build/agent.ts';

suite('an agent', () => {
  test('an API server that takes no report holds up no endpoint, and hears the newest at last', async () => {
    const { agent, clock, runs, writes, state } = anAgent();
    const held = Promise.withResolvers<void>();
    state.taken = held.promise;
    agent.wake();
    await clock.advance(100);
    assert.deepEqual([runs(), writes.length], [1, 1]);
    for (let count = 2; count <= 4; count += 1) {
      state.isHeld = count % 2 === 0;
      agent.wake();
      await clock.advance(100);
      assert.deepEqual([runs(), writes.length], [count, 1], 'one report at a time');
    }
    state.isHeld = true;
    agent.wake();
    await clock.advance(100);
    held.resolve();
    await clock.advance(100);
    assert.deepEqual(writes, ['{"held":false}', '{"held":true}']);
    await agent.stop();
  });

  test('a report that was refused is said again, by itself (R18)', async () => {
    const { agent, clock, runs, writes, state } = anAgent();
    state.taken = Promise.reject(new Error('the webhook is away'));
    state.taken.catch(() => undefined);
    agent.wake();
    await clock.advance(1_000);
    assert.equal(runs(), 1);
    assert.ok(writes.length >= 3, `${writes.length} tries`);
    const tries = writes.length;
    state.taken = Promise.resolve();
    await clock.advance(5_000);
    assert.equal(writes.length, tries + 1);
    await agent.stop();
  });

  test('at its end it says what it has not said, but does not wait for ever', async () => {
    const { agent, clock, writes, state } = anAgent();
    const held = Promise.withResolvers<void>();
    state.taken = held.promise;
    agent.wake();
    await clock.advance(100);
    state.isHeld = true;
    agent.wake();
    await clock.advance(100);
    const ended = agent.stop();
    held.resolve();
    await ended;
    assert.deepEqual(writes, ['{"held":false}', '{"held":true}']);

    const silent = anAgent();
    silent.state.taken = new Promise(() => undefined);
    silent.agent.wake();
    await silent.clock.advance(100);
    const given = silent.agent.stop();
    await silent.clock.advance(5_000);
    await given;
  });
});
