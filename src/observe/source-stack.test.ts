import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { build } from 'esbuild';
import { sourceStack } from './source-stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-stack-'));
after(() => rmSync(folder, { recursive: true }));

test('a place in the bundle is told as the place in the source', async () => {
  const source = 'const unused = 1;\n\nexport function fails() {\n  throw new Error("no");\n}\n';
  writeFileSync(join(folder, 'fails.js'), source);
  const bundle = join(folder, 'bundle.mjs');
  await build({
    ...{ entryPoints: [join(folder, 'fails.js')], outfile: bundle, bundle: true, format: 'esm' },
    ...{ minifyWhitespace: true, sourcemap: 'linked', sourcesContent: false },
  });
  const { fails } = (await import(bundle)) as { fails: () => void };
  const stack = stackOf(fails);
  assert.match(stack, /bundle\.mjs:\d+:\d+/);
  assert.match(sourceStack(stack), /fails \(fails\.js:4:\d+\)/);
});

test('without a map beside it a stack stays as it is', () => {
  const stack = 'Error: no\n    at fails (file:///nowhere/bundle.mjs:1:2)\n    at node:events:1:1';
  assert.equal(sourceStack(stack), stack);
});

function stackOf(fails: () => void): string {
  try {
    fails();
  } catch (error) {
    return error instanceof Error ? (error.stack ?? '') : '';
  }
  return '';
}
