/** Addresses are read when the kernel says that they changed, and not at every look. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

type Look = { readonly reads: number; readonly addresses: readonly string[] };
type Said = {
  readonly unopened: readonly Look[];
  readonly young: readonly Look[];
  readonly quiet: readonly Look[];
  readonly after: Look;
  readonly late: Look;
};

const script = fileURLToPath(new URL('monitored.ts', import.meta.url));
/** It takes some three seconds; this means that it hangs. */
const millisecondsMax = 60_000;

test('what was read stands until something changes, once the monitor surely listens', () => {
  const words = ['--net', process.execPath, script];
  const printed = execFileSync('unshare', words, { encoding: 'utf8', timeout: millisecondsMax });
  const { unopened, young, quiet, after, late } = JSON.parse(printed) as Said;
  const counts = (looks: readonly Look[]) => looks.map(({ reads }) => reads);
  assert.deepEqual(counts(unopened), [1, 2], 'nobody listens yet');
  assert.deepEqual(counts(young), [3, 4], 'it may not have begun to listen');
  assert.deepEqual(counts(quiet), [5, 5]);
  assert.deepEqual(quiet[1]?.addresses, []);
  assert.deepEqual(after, { reads: 6, addresses: ['10.9.9.9'] });
  assert.equal(late.reads, 7, 'a change that is not heard is seen a second later');
});
