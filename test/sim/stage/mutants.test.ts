/** The simulator finds product code that is broken on purpose: a claim that cannot fail is none. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { mutants, stepsMax } from '../mutants/mutants.ts';

/** Some ten seconds on a quiet machine; more than this hangs. */
const timeout = 300_000;

for (const [name, { seed }] of Object.entries(mutants)) {
  test(`caught: ${name}`, (t) => {
    const breaking = join(import.meta.dirname, '../mutants/break.ts');
    const main = join(import.meta.dirname, '../main.ts');
    const args = ['--import', breaking, main, `--steps=${stepsMax}`, `--seed=${seed}`];
    const env = { ...process.env, FAIRLEAD_MUTANT: name };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      env,
      timeout,
      encoding: 'utf8',
    });
    t.diagnostic(stdout.split('\n').find((line) => line.startsWith('FOUND')) ?? stderr);
    assert.equal(status, 1, stderr);
    assert.match(stdout, /^FOUND at step/m);
  });
}
