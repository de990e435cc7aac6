/** The simulator finds product code that is broken on purpose: a claim that cannot fail is none. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { mutants, stepsMax, worldsMax } from '../mutants/mutants.ts';

/** Some ten seconds on a quiet machine; more than this hangs. */
const timeout = 300_000;

for (const [name, { seed }] of Object.entries(mutants)) {
  test(`caught: ${name}`, (t) => {
    const found = Array.from({ length: worldsMax }, (_, index) => seed + index).find((each) => {
      const line = live(name, each);
      if (line !== undefined) t.diagnostic(`seed ${each}: ${line}`);
      return line !== undefined;
    });
    assert.notEqual(found, undefined, `none of ${worldsMax} worlds found it`);
  });
}

/** What a world of the broken product found; undefined: nothing. */
function live(mutant: string, seed: number): string | undefined {
  const breaking = join(import.meta.dirname, '../mutants/break.ts');
  const main = join(import.meta.dirname, '../main.ts');
  const args = ['--import', breaking, main, `--steps=${stepsMax}`, `--seed=${seed}`];
  const env = { ...process.env, FAIRLEAD_MUTANT: mutant };
  const ended = spawnSync(process.execPath, args, { env, timeout, encoding: 'utf8' });
  const line = ended.stdout.split('\n').find((each) => each.startsWith('FOUND at step'));
  // Anything but a clean end or something found is a simulator that did not run.
  assert.equal(ended.status, line === undefined ? 0 : 1, ended.stderr);
  return line;
}
