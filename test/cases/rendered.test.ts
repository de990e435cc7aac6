// Every rendered-*.case holds what goes into the renderers and what comes out. The data-plane tests
// give the same texts to the image's own daemons; FAIRLEAD_BLESS=1 with those writes new goldens,
// and only what the daemons accept.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { desiredCases } from './desired-cases.ts';
import { committed, goldenText, rendered } from './golden.ts';

for (const [name, desired] of Object.entries(desiredCases)) {
  test(`${name} is rendered as it was when it was blessed`, () => {
    assert.equal(goldenText(desired, rendered(desired)), committed(name));
  });
}

test('no golden is left without its case', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => /^rendered-.*\.case$/.test(file));
  const expected = Object.keys(desiredCases).map((name) => `rendered-${name}.case`);
  assert.deepEqual(files.toSorted(), expected.toSorted());
});
