// Every explained-*.case holds a command and what it prints. FAIRLEAD_BLESS=1 writes new ones: read
// the difference as the person on call would.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ExplainedCase, explainedCases } from './explained-cases.ts';

const isBlessing = process.env['FAIRLEAD_BLESS'] === '1';
const pathOf = (name: string) => join(import.meta.dirname, `explained-${name}.case`);

function goldenText({ command, text }: ExplainedCase): string {
  return `$ kubectl fairlead ${command}\n${text}`;
}

function committed(name: string): string {
  try {
    return readFileSync(pathOf(name), 'utf8');
  } catch {
    return '';
  }
}

for (const [name, explained] of Object.entries(explainedCases)) {
  test(`${name} is told as it was when it was blessed`, () => {
    const text = goldenText(explained());
    if (isBlessing) writeFileSync(pathOf(name), text);
    assert.equal(text, committed(name));
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
}

test('no golden is left without its case', () => {
  const files = readdirSync(import.meta.dirname).filter((file) =>
    /^explained-.*\.case$/.test(file),
  );
  const expected = Object.keys(explainedCases).map((name) => `explained-${name}.case`);
  assert.deepEqual(files.toSorted(), expected.toSorted());
});
