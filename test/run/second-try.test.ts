import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StageOutcome } from './run-stage.ts';
import { runWithSecondTry } from './second-try.ts';
import type { Stage } from './stages.ts';

const stage: Stage = {
  name: 'network',
  kind: 'tests',
  command: ['node', '--test', '--test-isolation=none', 'test/net/*.test.ts'],
  hasSecondTry: true,
  boundSeconds: 1,
};
const base = { name: 'network', seconds: 1, skipped: 0, skips: [] };
const passed: StageOutcome = { ...base, passed: 5, failed: 0, failures: [], failedFiles: [] };
const failed: StageOutcome = {
  ...base,
  ...{ passed: 4, failed: 1, failures: ['one'], failedFiles: ['/x/test/net/b.test.ts'] },
};

/** Plays outcomes in turn, and notes what was run. */
function runs(...outcomes: StageOutcome[]) {
  const commands: (readonly string[])[] = [];
  const run = async ({ command }: Stage): Promise<StageOutcome> => {
    commands.push(command);
    return outcomes[commands.length - 1] ?? passed;
  };
  return { run, say: () => undefined, commands };
}

test('only the file that failed is run once more, and what passes then is named', async () => {
  const { commands, ...by } = runs(failed, passed);
  const outcome = await runWithSecondTry(stage, {}, by);
  assert.deepEqual(commands[1], [...stage.command.slice(0, 3), '/x/test/net/b.test.ts']);
  const { passed: count, failed: failures, secondTries } = outcome;
  assert.deepEqual(
    { count, failures, secondTries },
    { count: 5, failures: 0, secondTries: ['one'] },
  );
});

test('what fails twice has failed', async () => {
  const { commands: _, ...by } = runs(failed, failed);
  const { failed: failures, failures: names } = await runWithSecondTry(stage, {}, by);
  assert.deepEqual({ failures, names }, { failures: 1, names: ['one'] });
});

test('what passes only because fewer tests were run has failed', async () => {
  const { commands: _, ...by } = runs({ ...failed, failed: 2 }, { ...passed, passed: 1 });
  assert.equal((await runWithSecondTry(stage, {}, by)).failed, 2);
});

test('many files, none of tests, and stages without a second try, are run once', async () => {
  const many = { ...failed, failedFiles: ['a', 'b', 'c', 'd'].map((name) => `${name}.test.ts`) };
  const helper = { ...failed, failedFiles: ['/x/test/api/bounded-test.ts'] };
  const { hasSecondTry: _, ...strict } = stage;
  for (const [of, outcome] of [
    [stage, many],
    [stage, helper],
    [strict, failed],
  ] as const) {
    const { commands, ...by } = runs(outcome);
    assert.equal((await runWithSecondTry(of, {}, by)).failed, 1);
    assert.equal(commands.length, 1);
  }
});
