import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chartCrdFiles, crdFiles } from '../tools/crd-files.ts';
import { leftOvers, staleFiles, writeFiles } from '../tools/generated-file.ts';

const top = join(import.meta.dirname, '..');

test('a generated file is current, differs by a byte, is missing, or is left over', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-generate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = ['a', 'b', 'c'].map((name) => ({ path: `crds/${name}.yaml`, text: `${name}\n` }));
  mkdirSync(join(folder, 'crds'));
  writeFileSync(join(folder, 'crds/a.yaml'), 'a\n');
  writeFileSync(join(folder, 'crds/b.yaml'), 'b \n');
  writeFileSync(join(folder, 'crds/z.yaml'), 'z\n');
  assert.deepEqual(staleFiles(folder, files), ['crds/b.yaml', 'crds/c.yaml']);
  assert.deepEqual(leftOvers(folder, 'crds', files), ['crds/z.yaml']);
  assert.deepEqual(writeFiles(folder, files), ['crds/b.yaml', 'crds/c.yaml']);
  assert.deepEqual(staleFiles(folder, files), []);
  assert.equal(readFileSync(join(folder, 'crds/b.yaml'), 'utf8'), 'b\n');
});

test("the chart's CRDs are those of crds/, with Helm's conditions around them", () => {
  const plain = crdFiles().map((file) => file.text);
  const inChart = chartCrdFiles().map((file) => withoutHelm(file.text));
  assert.equal(plain.length, 5);
  assert.deepEqual(inChart, plain);
});

function withoutHelm(text: string): string {
  const lines = text.split('\n').filter((line) => !line.includes('{{'));
  return lines.filter((line) => !/^ {2}annotations:$|resource-policy/.test(line)).join('\n');
}

test('without helm the check compares what it can, and says what it left out', () => {
  const nowhere = join(tmpdir(), 'fairlead-no-such-folder');
  const environment = { PATH: nowhere, HOME: nowhere };
  const script = join(top, 'tools/generate.ts');
  const result = spawnSync(process.execPath, [script, '--check'], { env: environment });
  assert.match(String(result.stderr), /deploy\/install.yaml is left alone: no helm/);
  assert.equal(result.status, 0, String(result.stderr));
});
