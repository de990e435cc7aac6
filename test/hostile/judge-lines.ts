import assert from 'node:assert/strict';
import { type FileName, unknownDirective } from './directives.ts';
import type { Served } from './served.ts';

/** Every line is printable ASCII, and says what a line of a golden says. */
export function judgeLines({ texts }: Pick<Served, 'texts'>): void {
  for (const [name, text] of Object.entries(texts)) {
    const file = name as FileName;
    assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'), `${file} ends with one newline`);
    for (const line of text.split('\n')) {
      assert.match(line, /^[\x20-\x7e]*$/, `${file} has a line that is not printable ASCII`);
    }
    assert.equal(unknownDirective(file, text), undefined, `${file} has a line no golden has`);
  }
  judgeBraces(texts.keepalived);
  judgeBraces(texts.nft);
  judgeNames(texts.nft);
}

/** nft would make one of two that have one name, or refuse the whole table. */
function judgeNames(text: string): void {
  const heads = text
    .split('\n')
    .filter((line) => /^ {2}(set|map|chain|counter) \S+ \{$/.test(line));
  const seen = new Set<string>();
  for (const head of heads) {
    assert.ok(!seen.has(head), `two of one name: ${head}`);
    seen.add(head);
  }
}

/** What opens a block ends its line; so does what closes one. A `;` stands in heads of chains. */
function judgeBraces(text: string): void {
  let depth = 0;
  for (const line of text.split('\n')) {
    const inside = line.replace(/ \{$/, '').replace(/^\s*\}$/, '');
    depth += (/ \{$/.test(line) ? 1 : 0) - (/^\s*\}$/.test(line) ? 1 : 0);
    assert.ok(depth >= 0, `a block is closed that was not opened: ${line}`);
    const sets = inside.replaceAll(/\{ [0-9a-f.:,]+ \}/g, '');
    assert.doesNotMatch(sets, /[{}]/, 'a brace stands inside a line');
    if (!/^\s*(#|type (filter|nat) hook) /.test(line)) assert.doesNotMatch(inside, /;/);
  }
  assert.equal(depth, 0, 'a block is not closed');
}
