import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { toned } from '../explain/page.ts';
import type { OutputFormat } from './arguments.ts';
import { type Page, print } from './print.ts';

const hostile = 'a\x1b[2J\u202eb\nc: "d"\x9b';
const page: Page = {
  report: { kind: 'TestReport', name: hostile, list: [] } as Page['report'],
  lines: (extent) => [[toned('bad', extent), hostile]],
};

function printed(output: OutputFormat, hasColour = false): string {
  let text = '';
  const shell = {
    out: (chunk: string) => {
      text += chunk;
    },
    hasColour,
  };
  print(shell as Parameters<typeof print>[0], output, page);
  return text;
}

test('JSON and YAML say the same, can be read back, and hold no control character', () => {
  const wanted = { apiVersion: 'cli.fairlead.dev/v1alpha1', ...page.report };
  assert.deepEqual(JSON.parse(printed('json')), wanted);
  assert.deepEqual(parse(printed('yaml')), wanted);
  for (const output of ['json', 'yaml'] as const) assert.match(printed(output), /^[\x20-\x7e\n]*$/);
});

test('colours only where they are wanted', () => {
  assert.ok(!printed('table').includes('\x1b'));
  assert.ok(printed('table', true).startsWith('\x1b[31mnormal\x1b[0m'));
  assert.ok(printed('wide').startsWith('wide'));
  assert.ok(!printed('json', true).includes('\x1b'));
});
