import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columns, type Paint, pageText, plainPaint, toned } from './page.ts';
import { printableJson } from './printable-json.ts';

const hostile = 'a\x1b[2Jb\rc\nd\u202ee\x9bf\u2028g\x7f';

const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

test('nothing that steers a terminal is printed, with colours or without (C23)', () => {
  const text = pageText([[hostile, toned('bad', hostile)]], plainPaint);
  assert.doesNotMatch(text, steering);
  assert.equal(text.split('\n').length, 2, 'one line is one line');
});

test('a text of any characters prints as one line', () => {
  const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 });
  fc.assert(
    fc.property(texts, (cells) => {
      const text = pageText(columns([cells, cells.toReversed()]), plainPaint);
      assert.doesNotMatch(text, steering);
      assert.equal(text.split('\n').length, 3);
    }),
    { numRuns: 50 },
  );
});

test('JSON is read back as it was, and has no control character in it', () => {
  const json = JSON.stringify({ hostile }, undefined, 2);
  const printed = printableJson(json);
  assert.deepEqual(JSON.parse(printed), { hostile });
  assert.match(printed, /^[\x20-\x7e\n]*$/);
});

test('columns line up by what is printed, and the last one pushes nothing aside', () => {
  const rows = [
    ['A', 'B', 'a long last cell'],
    ['x\x1b', toned('bad', 'yy'), 'z'],
  ];
  assert.deepEqual(pageText(columns(rows, 2), plainPaint).split('\n'), [
    '  A    B    a long last cell',
    '  x\uFFFD   yy   z',
    '',
  ]);
});

test('a colour surrounds what is printable already', () => {
  const paint: Paint = (text, tone) => `<${tone}>${text}</>`;
  const text = pageText(
    columns([
      [toned('bad', 'a\x1b'), 'b'],
      ['longer text', 'c'],
    ]),
    paint,
  );
  assert.match(text, /^<bad>a\uFFFD *<\/>b\n/);
});
