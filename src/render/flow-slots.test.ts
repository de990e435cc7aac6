import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import { slotCount, slotsOf } from './flow-slots.ts';

const someNames = fc.uniqueArray(fc.integer({ min: 1, max: 250 }), { minLength: 2, maxLength: 8 });
const nameOf = (last: number): string => `10.1.0.${last} . 53`;

test('an endpoint that goes moves its own slots only, whatever the order they came in', () => {
  fc.assert(
    fc.property(someNames, (numbers) => {
      const names = numbers.map(nameOf);
      const before = slotsOf(names);
      assert.deepEqual(slotsOf(names.toReversed()), before);
      const [gone, ...left] = names;
      const after = slotsOf(left);
      for (const [slot, name] of before.entries()) {
        if (name !== gone) assert.equal(after[slot], name);
      }
    }),
    propertyRuns(import.meta.filename),
  );
});

test('every endpoint has a fair share', () => {
  for (const count of [2, 3, 8, 16]) {
    const names = Array.from({ length: count }, (_, index) => nameOf(index + 1));
    const slots = slotsOf(names);
    assert.equal(slots.length, slotCount);
    const shares = names.map((name) => slots.filter((each) => each === name).length);
    const fair = slots.length / count;
    assert.ok(Math.min(...shares) > fair * 0.4, `${count}: ${Math.min(...shares)} of ${fair}`);
    assert.ok(Math.max(...shares) < fair * 2, `${count}: ${Math.max(...shares)} of ${fair}`);
  }
});
