import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A test by its file and by the name its source gives it; what a loop fills in is `…`. */
export type NamedTest = { readonly file: string; readonly name: string };

/** Every test of the project, in the order of files and lines. */
export function allTests(top: string): NamedTest[] {
  const files = globSync('{src,test,tools}/**/*.test.ts', { cwd: top }).toSorted();
  return files.flatMap((file) => testsIn(file, readFileSync(join(top, file), 'utf8')));
}

/** The tests of one file; a skipped one, or one still to be written, shows nothing. */
export function testsIn(file: string, text: string): NamedTest[] {
  const call = /^[ \t]*(?:(?:void|await) )?\w*[tT]est\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gm;
  return [...text.matchAll(call)].map(([, , quoted = '']) => ({ file, name: written(quoted) }));
}

function written(quoted: string): string {
  const name = quoted.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…');
  return name.replaceAll(/\\(.)/g, '$1').replaceAll(/\s+/g, ' ');
}

/**
 * The A- and R-numbers that a text names, each once, in order: `A17`, and every number of a range
 * such as `R64–R66`.
 */
export function numbersIn(text: string): string[] {
  const mention = /\b([AR])(\d{1,2})(?:\s?[–-]\s?\1(\d{1,2}))?\b/g;
  const numbers = [...text.matchAll(mention)].flatMap(([, letter = '', first = '', last = first]) =>
    Array.from(
      { length: Number(last) - Number(first) + 1 },
      (_, i) => letter + (Number(first) + i),
    ),
  );
  return [...new Set(numbers)];
}

/** Which tests name which number. */
export function testsByNumber(tests: readonly NamedTest[]): ReadonlyMap<string, NamedTest[]> {
  const found = new Map<string, NamedTest[]>();
  for (const one of tests) {
    for (const number of numbersIn(one.name)) {
      found.set(number, [...(found.get(number) ?? []), one]);
    }
  }
  return found;
}
