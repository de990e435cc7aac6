import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columns, type Paint, pageText, plainPaint, toned } from './page.ts';
import { printable, printableJson } from './printable.ts';

const hostile = 'a\x1b[2Jb\rc\nd\u202ee\x9bf\u2028g\x7f';

test('nothing that acts on a terminal is printed as it is (C0, C1, DEL, bidi, line ends)', () => {
  assert.equal(printable(hostile), 'a\\x1b[2Jb\\x0dc\\x0ad\\u202ee\\x9bf\\u2028g\\x7f');
  const text = pageText([[hostile, toned('bad', hostile)]], plainPaint);
  assert.match(text, /^[\x20-\x7e\n]*$/);
  assert.equal(text.split('\n').length, 2);
});

test('a text of any characters prints as one line, and twice is once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const once = printable(text);
      assert.equal(printable(once), once);
      assert.ok(!/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(once));
    }),
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
    '  A       B    a long last cell',
    '  x\\x1b   yy   z',
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
  assert.match(text, /^<bad>a\\x1b *<\/>b\n/);
});
