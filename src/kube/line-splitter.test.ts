import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import { LineSplitter } from './line-splitter.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('lines survive every way of cutting the stream, also inside a character', () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((s) => s.replaceAll('\n', '·'));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(400)), (lines, cuts) => {
      const stream = bytes(lines.map((each) => `${each}\n`).join(''));
      const edges = [0, ...cuts.filter((cut) => cut < stream.length).toSorted((a, b) => a - b)];
      const splitter = new LineSplitter(10_000);
      const found = edges.flatMap((start, i) =>
        splitter.linesOf(stream.subarray(start, edges[i + 1] ?? stream.length)),
      );
      // A leading U+FEFF is a byte order mark to TextDecoder, and no line of JSON begins with one.
      assert.deepEqual(found, lines.map((each) => each.replace(/^\uFEFF/, '')).filter(Boolean));
      assert.equal(splitter.isInsideLine, false);
    }),
    propertyRuns(import.meta.filename),
  );
});

test('says when the stream ended inside a line', () => {
  const splitter = new LineSplitter(100);
  assert.deepEqual(splitter.linesOf(bytes('one\ntw')), ['one']);
  assert.equal(splitter.isInsideLine, true);
});

test('refuses a line beyond the bound, however it arrives', () => {
  const splitter = new LineSplitter(8);
  assert.deepEqual(splitter.linesOf(bytes('12345678\n1234')), ['12345678']);
  assert.throws(() => splitter.linesOf(bytes('56789')), RangeError);
});
