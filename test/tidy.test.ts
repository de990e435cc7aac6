/**
 * The rules of the tree itself: who imports whom, what is pure, how large things are
 * (CONTRIBUTING.md).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blanked } from './tidy/blank.ts';
import { functionsIn } from './tidy/functions.ts';
import { folderRules, importProblem, importsOf } from './tidy/imports.ts';
import { median, repositoryFiles, type Source, sources } from './tidy/sources.ts';

const limits = {
  fileLines: 400,
  fileLinesMedian: 120,
  functionLines: 70,
  functionLinesMedian: 12,
  parameters: 3,
  columns: 100,
} as const;

const files = sources();
const product = files.filter((file) => file.path.startsWith('src/') && !isTest(file));

test('the sources are found', () => {
  assert.ok(product.length > 10, `${product.length} files in src`);
});

test('imports of src flow one way only', () => {
  const problems = product.flatMap((file) =>
    importsOf(file.path, file.text).flatMap((imported) => {
      const problem = importProblem(folderOf(file), imported);
      return problem === undefined ? [] : [`${file.path}: ${problem}`];
    }),
  );
  assert.deepEqual(problems, []);
});

test('no file of src needs itself in a circle', () => {
  assert.deepEqual(cycles(product), []);
});

test('pure folders mention no clock, no randomness, no I/O and no waiting', () => {
  const impure =
    /\b(process|Date|Math\.random|console|fetch|setTimeout|setInterval|await|async|Promise)\b/g;
  const problems = product
    .filter((file) => folderRules[folderOf(file)]?.isPure === true)
    .flatMap((file) => [...file.code.matchAll(impure)].map((match) => at(file, match)));
  assert.deepEqual(problems, []);
});

test('only src/bin reads the environment', () => {
  const problems = product
    .filter((file) => folderOf(file) !== 'bin')
    .flatMap((file) => [...file.code.matchAll(/\bprocess\.(env|argv)\b/g)].map((m) => at(file, m)));
  assert.deepEqual(problems, []);
});

test('no default exports, barrels, or drawers for everything', () => {
  const drawer = /(^|\/)(utils?|helpers?|common|misc|index|types|constants)(\.ts$|\/)/;
  const problems = files.flatMap((file) => [
    ...(/^export default\b/m.test(file.code) ? [`${file.path}: default export`] : []),
    ...(isBarrel(file) ? [`${file.path}: only re-exports`] : []),
    ...(drawer.test(file.path) ? [`${file.path}: name says nothing`] : []),
  ]);
  assert.deepEqual(problems, []);
});

test('no file is longer than it may be', () => {
  const long = files.filter((file) => lineCount(file) > limits.fileLines);
  assert.deepEqual(
    long.map((file) => `${file.path}: ${lineCount(file)} lines`),
    [],
  );
  assert.ok(median(product.map(lineCount)) <= limits.fileLinesMedian);
});

test('no function is longer, or takes more, than it may', () => {
  const functions = files.flatMap((file) =>
    functionsIn(file.code).map((found) => ({ ...found, where: `${file.path}:${found.line}` })),
  );
  const problems = functions
    // A group of tests is a chapter, not a function.
    .filter((one) => !/^\(arrow for (describe|suite)\)$/.test(one.name))
    .filter((one) => one.lines > limits.functionLines || one.parameters > limits.parameters)
    .map((one) => `${one.where} ${one.name}: ${one.lines} lines, ${one.parameters} parameters`);
  assert.deepEqual(problems, []);
  const ofProduct = functions.filter((one) => one.where.startsWith('src/'));
  assert.ok(median(ofProduct.map((one) => one.lines)) <= limits.functionLinesMedian);
});

test('no line of code is wider than 100 columns', () => {
  const problems = files.flatMap((file) =>
    file.text.split('\n').flatMap((line, index) => {
      // A sentence in a string stays in one piece, so that it can be searched for.
      const isSentence = /(['"`])(?:(?!\1).){40,}\1/.test(line);
      const isWide = line.length > limits.columns && !isSentence;
      return isWide ? [`${file.path}:${index + 1}: ${line.length} columns`] : [];
    }),
  );
  assert.deepEqual(problems, []);
});

test('nothing in the tree names the machine it was written on', () => {
  // Put together here, so that this file does not name them either.
  const homes = ['home', 'work', 'root', 'Users'].map((folder) => `/${folder}/`);
  const here = new RegExp(`(^|[\\s'"\`=(])(${homes.join('|')}|/tmp/${'brief'})`, 'm');
  const problems = repositoryFiles().filter((path) => here.test(readFileSync(path, 'utf8')));
  assert.deepEqual(problems, []);
});

test('the lock file names no registry host', () => {
  assert.ok(!readFileSync('package-lock.json', 'utf8').includes('"resolved"'));
});

test('strings, comments and templates are blanked and code is not', () => {
  const source =
    "const a = 'x { y'; // { z\nconst b = `t $" + "{f({ a })} {`; const c = /[/{]'/g; d / e";
  const code = blanked(source);
  assert.equal(code.length, source.length);
  assert.equal(
    code.replaceAll(/ +/g, ' '),
    'const a = ; \nconst b = f({ a }) ; const c = g; d / e',
  );
});

test('functions are measured from head to closing brace, whatever their form', () => {
  const code = [
    'export async function one(a: A, b: Map<string, B>): Promise<{ c: D }> {',
    '  if (a) {',
    '  }',
    '}',
    'const two = (a: (b: B, c: C) => D): E => {',
    '};',
    'class F {',
    '  three(): void {',
    '  }',
    '}',
    'four(a, b, c, d);',
  ].join('\n');
  assert.deepEqual(functionsIn(code), [
    { name: 'one', line: 1, lines: 4, parameters: 2 },
    { name: '(arrow)', line: 5, lines: 2, parameters: 1 },
    { name: 'three', line: 8, lines: 2, parameters: 0 },
  ]);
});

test('an import is told apart from a types-only import', () => {
  const text = "import { type A, b } from '../lib/c.ts';\nimport type { D } from '../net/e.ts';\n";
  assert.deepEqual(importsOf('src/model/m.ts', text), [
    { target: 'src/lib/c.ts', isPackage: false, typesOnly: false },
    { target: 'src/net/e.ts', isPackage: false, typesOnly: true },
  ]);
});

test('no pod loads undici, only its types', () => {
  const problemOf = (line: string) =>
    importsOf('src/kube/k.ts', line).map((imported) => importProblem('kube', imported));
  assert.match(problemOf("import { Agent } from 'undici';")[0] ?? '', /loads undici in every pod/);
  assert.deepEqual(problemOf("import type { Agent } from 'undici';\n"), [undefined]);
  assert.match(problemOf("import { Agent } from 'node:http';")[0] ?? '', /which loads undici/);
});

function isTest(file: Source): boolean {
  return file.path.endsWith('.test.ts');
}

function folderOf(file: Source): string {
  return file.path.split('/')[1] ?? '';
}

function lineCount(file: Source): number {
  return file.text.split('\n').length - 1;
}

function at(file: Source, match: RegExpMatchArray): string {
  const line = file.code.slice(0, match.index).split('\n').length;
  return `${file.path}:${line}: ${match[0]}`;
}

function isBarrel(file: Source): boolean {
  const statements = file.code
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return statements.length > 0 && statements.every((part) => /^export\b.*\bfrom$/s.test(part));
}

/** Circles of imports that exist at run time, each named once, by its first file. */
function cycles(of: readonly Source[]): string[] {
  const targets = new Map(
    of.map((file) => {
      const imports = importsOf(file.path, file.text).filter((one) => !one.typesOnly);
      return [file.path, imports.map((one) => one.target)] as const;
    }),
  );
  const reaches = (from: string, to: string, seen: Set<string>): boolean => {
    if (seen.has(from)) return false;
    seen.add(from);
    return (targets.get(from) ?? []).some((next) => next === to || reaches(next, to, seen));
  };
  return [...targets.keys()].filter((path) => reaches(path, path, new Set()));
}
