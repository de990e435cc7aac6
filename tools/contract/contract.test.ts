import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractProblems, contractRows, settledNotes } from './contract.ts';
import { contractPage } from './contract-page.ts';
import { numbersIn, testsByNumber, testsIn } from './named-tests.ts';

test('names of tests are read, whatever their quotes, their place and their wrapper', () => {
  const text = [
    "test('plain (A1)', () => {",
    '  boundedTest("it\'s \\"so\\"", async () => {',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a source.
    '  void test(`of ${kind({ a })} it (R2)`, { timeout: 5 },',
    "    test(\n      'on the next line',",
    "test.skip('skipped (A3)', () => {",
    "contest.test('no call of ours');",
    "// test('in a comment')",
  ].join('\n');
  assert.deepEqual(
    testsIn('a.test.ts', text).map(({ name }) => name),
    ['plain (A1)', 'it\'s "so"', 'of … it (R2)', 'on the next line'],
  );
});

test('a range of numbers names every one of them; words that look alike name none', () => {
  assert.deepEqual(numbersIn('(A18–A20, R7, A7-A9) and A7'), [
    'A18',
    'A19',
    'A20',
    'R7',
    'A7',
    'A8',
    'A9',
  ]);
  assert.deepEqual(numbersIn('A100, RA1, P11, X7, a1, A and R'), []);
});

const chapters = [{ title: 'One', rules: { A1: 'First.', A2: 'Second.', R3: 'Third.' } }];
const named = testsByNumber(testsIn('a.test.ts', "test('shows (A1)', () => {"));

test('a rule with neither test nor note is told, and no page is written', () => {
  const sources = {
    chapters,
    tests: named,
    notes: { A2: { status: 'waiting', for: 'x' } },
  } as const;
  assert.deepEqual(
    contractProblems(sources).map((problem) => problem.split(':')[0]),
    ['no test names R3'],
  );
  assert.throws(() => contractPage(sources), /R3/);
});

test('a rule that waits although a test names it is told, and so is a number of no rule', () => {
  const notes = {
    A1: { status: 'waiting', for: 'x' },
    A2: { status: 'different', why: 'y' },
  } as const;
  const tests = testsByNumber(testsIn('a.test.ts', "test('(A1, R3, R99)', () => {"));
  const problems = contractProblems({ chapters, tests, notes });
  assert.match(problems[0] ?? '', /^A1 waits .* "\(A1, R3, R99\)" of a.test.ts/);
  assert.match(problems[1] ?? '', /^R99 is no rule/);
  assert.equal(problems.length, 2);
});

test('a rule that is shown partly needs a test, and stays partly with it', () => {
  const notes = { A1: partly, A2: partly, R3: { status: 'waiting', for: 'x' } } as const;
  const [chapter] = chapters;
  assert.ok(chapter);
  assert.equal(contractRows({ chapters, tests: named, notes }, chapter)[0]?.status, 'partly');
  assert.deepEqual(contractProblems({ chapters, tests: named, notes }), [
    'A2 is said to be shown partly, but no test names it',
  ]);
});

const partly = { status: 'partly', missing: 'the rest' } as const;

test('a test settles an uncovered rule; one kept differently stays so, with its test', () => {
  const notes = {
    A1: { status: 'uncovered', now: 'not yet' },
    A2: { status: 'uncovered', now: 'not yet' },
    R3: { status: 'different', why: 'on purpose' },
  } as const;
  const tests = testsByNumber(testsIn('a.test.ts', "test('(A1, R3)', () => {"));
  const [chapter] = chapters;
  assert.ok(chapter);
  const rows = contractRows({ chapters, tests, notes }, chapter);
  assert.deepEqual(
    rows.map(({ number, status, note, tests: by }) => [number, status, note, by.length]),
    [
      ['A1', 'covered', '', 1],
      ['A2', 'uncovered', 'not yet', 0],
      ['R3', 'different', 'on purpose', 1],
    ],
  );
  assert.deepEqual(settledNotes({ chapters, tests, notes }), ['A1']);
});

test('the page counts its rows at the top and links the tests', () => {
  const notes = {
    A2: { status: 'different', why: 'so it is' },
    R3: { status: 'uncovered', now: 'n' },
  } as const;
  const page = contractPage({ chapters, tests: named, notes });
  assert.match(
    page,
    /\*\*3 rules: 1 covered · 1 different · 0 partly · 0 waiting · 1 uncovered\*\*/,
  );
  assert.match(
    page,
    /\| A1 \| First\. \| covered \| \[a\.test\.ts\]\(\.\.\/\.\.\/a\.test\.ts\): shows \(A1\) \|/,
  );
  assert.match(page, /\| A2 \| Second\. \| different \| So it is\. \|/);
});
