/** The tables say what the code does: nothing unused is listed, nothing unlisted is used. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ConditionName, conditions } from '../../src/tables/conditions.ts';
import { metrics } from '../../src/tables/metrics.ts';
import { annotations } from '../../src/tables/names.ts';
import { type ReasonMeaning, reasonMeanings } from '../../src/tables/reason-meanings.ts';
import { reasons } from '../../src/tables/reasons.ts';
import { type Source, sources } from '../../test/tidy/sources.ts';
import { anchor } from './markdown.ts';
import { metricUses } from './metric-uses.ts';
import { referenceFiles } from './reference-files.ts';

const top = join(import.meta.dirname, '../..');
const product = sources().filter(
  ({ path }) =>
    path.startsWith('src/') && !path.startsWith('src/tables/') && !path.endsWith('.test.ts'),
);
const codes = Object.keys(reasons);

/** Every match of a pattern's first group, over some files. */
function found(pattern: RegExp, files: readonly Source[] = product): Set<string> {
  const matches = files.flatMap(({ text }) => [...text.matchAll(pattern)]);
  return new Set(matches.map(([, name = '']) => name));
}

test('every reason of the table is given somewhere', () => {
  const givers = product.filter(({ text }) =>
    /\b(?:reason|SecretReason)\b.*tables\/reasons\.ts'/.test(text),
  );
  const given = found(/'([A-Z]\w+)'/g, givers);
  assert.deepEqual(
    codes.filter((code) => !given.has(code)),
    [],
  );
});

test('no condition or event has a reason that is not in the table', () => {
  const writers = product.filter(({ path }) => !path.startsWith('src/schema/'));
  const written = found(/\breason: (?:[^,;\n]*[?(] ?)?'([A-Z]\w+)'/g, writers);
  assert.deepEqual(
    [...written].filter((code) => !codes.includes(code)),
    [],
  );
});

test('every annotation of the table is read somewhere', () => {
  const read = found(/\bannotations\.(\w+)/g);
  assert.deepEqual(
    Object.keys(annotations).filter((key) => !read.has(key)),
    [],
  );
});

test('every metric of the table is exported by controller or agent, as one type (R91)', () => {
  const uses = metricUses(top);
  const types = Object.keys(metrics).map((key) => {
    const own = uses.filter(({ metric }) => metric === key).map(({ type }) => type);
    return [key, new Set(own).size];
  });
  assert.deepEqual(
    types.filter(([, count]) => count !== 1),
    [],
  );
});

test('a reason is told where the table says: judgements name it together with a condition', () => {
  const judged = /judge\(\s*(?:'(\w+)'|serviceConditions\.(\w+)|type),\s*'\w+',\s*reason\('(\w+)'/g;
  const pairs = product.flatMap(({ path, text }) =>
    [...text.matchAll(judged)].map(([, type, key, code = '']) => ({ path, type, key, code })),
  );
  assert.ok(pairs.length >= 10, `${pairs.length} judgements are found`);
  const wrong = pairs.filter(({ type, key, code }) => {
    const { told } = reasonMeanings[code as keyof typeof reasonMeanings] as ReasonMeaning;
    const types = told.map((name) => conditions[name].type as string);
    if (type !== undefined) return !types.includes(type);
    return key !== undefined && !types.includes(`fairlead.dev/${capital(key)}`);
  });
  assert.deepEqual(wrong, []);
});

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

test('a reason that allocation gives is told on the Service or the pool', () => {
  const given = found(
    /\breason\(\s*'(\w+)'/g,
    product.filter(({ path }) => path.startsWith('src/allocate/')),
  );
  const wanted: readonly ConditionName[] = ['Service.Allocated', 'VipPool.Valid'];
  const untold = [...given].filter((code) => {
    const { told } = reasonMeanings[code as keyof typeof reasonMeanings] as ReasonMeaning;
    return !told.some((name) => wanted.includes(name));
  });
  assert.deepEqual(untold, []);
});

test('every reason says what to do, as the beginning of a sentence', () => {
  const rows = Object.entries(reasonMeanings as Readonly<Record<string, ReasonMeaning>>);
  const odd = rows.filter(([, { remedy }]) => !/^[a-z].*[^.]$/.test(remedy));
  assert.deepEqual(odd, []);
});

test('every link of a reference page leads somewhere', () => {
  const files = new Map(referenceFiles(top).map(({ path, text }) => [path, text]));
  const broken = [...files].flatMap(([path, text]) =>
    [...text.matchAll(/\]\(([^)#\s]*)#([^)\s]+)\)/g)]
      .map(([, file = '', place = '']) => ({
        target: file === '' ? path : siblingOf(path, file),
        place,
      }))
      .filter(({ target, place }) => !anchorsOf(files.get(target) ?? '').has(place))
      .map(({ target, place }) => `${path}: ${target}#${place}`),
  );
  assert.deepEqual(broken, []);
});

function siblingOf(path: string, file: string): string {
  return join(path, '..', file);
}

function anchorsOf(text: string): Set<string> {
  return new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading)));
}

test('a reference page says in its first line that it is generated, and by what', () => {
  for (const { path, text } of referenceFiles(top)) {
    assert.match(text, /^<!-- Generated from .* by `npm run generate`; .* -->\n/, path);
    assert.doesNotMatch(text, /undefined|\[object/, path);
  }
});
