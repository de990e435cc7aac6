import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTap } from './tap.ts';

const finished = `TAP version 13
# Subtest: a pool
    # Subtest: grows
    not ok 1 - grows \\#2
      ---
      duration_ms: 1.2
      type: 'test'
      location: 'pool.test.ts:3:1'
      failureType: 'testCodeFailure'
      ...
    1..1
not ok 1 - a pool
  ---
  duration_ms: 2
  type: 'test'
  location: 'pool.test.ts:1:1'
  failureType: 'subtestsFailed'
  ...
# Subtest: needs root
ok 2 - needs root # SKIP not root
# Subtest: adds
ok 3 - adds
1..3
# tests 4
# suites 0
# pass 1
# fail 2
# cancelled 0
# skipped 1
# todo 0
# duration_ms 60
`;

test('a finished run is counted, and only the test that failed itself is named', () => {
  assert.deepEqual(readTap(finished), {
    passed: 1,
    failed: 2,
    skipped: 1,
    failures: ['grows #2'],
    failedFiles: ['pool.test.ts'],
    skips: ['needs root: not root'],
  });
});

test('of a test that a helper made the stack names the file', () => {
  const made = (stack: string): string =>
    [
      'not ok 1 - leads',
      "  ---\n  duration_ms: 9\n  type: 'test'\n  location: '/x/test/api/bounded-test.ts:8:8'",
      "  failureType: 'testCodeFailure'\n  error: |-\n    + a\n    ...\n  stack: |-",
      stack,
      '  ...\nnot ok 2 - other\n    file:///x/test/api/other.test.ts:1:1',
      '# tests 1\n# pass 0\n# skipped 0\n# todo 0\n',
    ].join('\n');
  const inFile = made('    Test.<anonymous> (file:///x/test/api/leads.test.ts:98:10)');
  assert.equal(readTap(inFile)?.failedFiles[0], '/x/test/api/leads.test.ts');
  // One that took too long has no stack.
  assert.equal(readTap(made(''))?.failedFiles[0], '/x/test/api/bounded-test.ts');
});

test('a cancelled test is a failure', () => {
  const counts = readTap('# tests 3\n# pass 2\n# fail 0\n# cancelled 1\n# skipped 0\n# todo 0\n');
  assert.equal(counts?.failed, 1);
});

test('a run without its totals crashed', () => {
  assert.equal(readTap('TAP version 13\nok 1 - a\n'), undefined);
});
