import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import { AssertionFailed } from '../lib/assert.ts';
import { LineWriter } from './writer.ts';

test('a section indents its lines, a block closes its brace, the text ends with one newline', () => {
  const w = new LineWriter();
  w.section(['backend', 'shop_web'], () => w.line('server', 'a', '10.0.0.1:80'));
  w.block(['unicast_peer'], () => w.line('10.0.0.2'));
  assert.equal(
    w.text(),
    'backend shop_web\n  server a 10.0.0.1:80\nunicast_peer {\n  10.0.0.2\n}\n',
  );
});

for (const bad of ['', 'a b', 'a\nb', 'a#b', 'a"b', "a'b", 'a\\b', 'a\tb', '!', 'a{b', '$HOME']) {
  test(`the word ${JSON.stringify(bad)} is refused`, () => {
    assert.throws(() => new LineWriter().line('server', bad), AssertionFailed);
    assert.throws(() => new LineWriter().quoted('script', [bad]), AssertionFailed);
    assert.throws(() => new LineWriter().block([bad], () => undefined), AssertionFailed);
  });
}

test('whatever a word holds, it is refused or stays one word of one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (word) => {
      const w = new LineWriter();
      try {
        w.line('name', word, 'end');
      } catch (error) {
        return error instanceof AssertionFailed;
      }
      const [line, rest] = w.text().split('\n');
      return rest === '' && line?.split(/\s+/).length === 3 && !/["'#\\]/.test(line);
    }),
    propertyRuns(import.meta.filename),
  );
});

test('a comment cannot end its line', () => {
  assert.throws(() => new LineWriter().comment('why\nuser root'), AssertionFailed);
});
