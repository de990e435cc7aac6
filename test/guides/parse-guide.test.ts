import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGuide } from './parse-guide.ts';

const fence = '```';
const block = (language: string, ...lines: string[]): string =>
  [fence + language, ...lines, fence].join('\n');
const parsed = (...parts: string[]) =>
  parseGuide('docs/guides/a.md', ['# A guide', ...parts].join('\n'));

test('files, commands and what they print are read in their order, with their lines', () => {
  const guide = parsed(
    'Text.',
    block('yaml', '# file: pool.yaml', 'kind: VipPool'),
    block('sh', 'kubectl apply -f pool.yaml', '', '# a remark', 'kubectl get \\', '  vippools'),
    block('output', 'NAME', 'edge'),
    block('sh', '# file: ask.sh', 'curl http://192.0.2.1'),
  );
  assert.equal(guide.title, 'A guide');
  assert.deepEqual(guide.steps, [
    { kind: 'file', line: 3, name: 'pool.yaml', text: '# file: pool.yaml\nkind: VipPool\n' },
    { kind: 'command', line: 8, command: 'kubectl apply -f pool.yaml', output: undefined },
    { kind: 'command', line: 12, command: 'kubectl get \\\n  vippools', output: ['NAME', 'edge'] },
    { kind: 'file', line: 18, name: 'ask.sh', text: '# file: ask.sh\ncurl http://192.0.2.1\n' },
  ]);
});

test('what could not be tested is an error that names its line', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    [block('yaml', 'kind: VipPool'), /a\.md:2: begin the YAML with "# file: NAME\.yaml"/],
    [block('yaml', '# file: ../pool.yaml'), /a\.md:2: begin the YAML/],
    [block('json', '{}'), /a\.md:2: write yaml, sh or output after the fence/],
    [block('', 'kubectl get pods'), /a\.md:2: write yaml, sh or output/],
    [block('output', 'NAME'), /a\.md:2: an output block follows the commands/],
    [`${block('sh', 'date')}\n${block('output')}`, /a\.md:5: this output block is empty/],
    [`${fence}sh\ndate`, /a\.md:2: this block has no end/],
  ];
  for (const [text, problem] of refused) assert.throws(() => parsed(text), problem);
  assert.throws(() => parseGuide('a.md', 'Text'), /a\.md:1: begin with "# "/);
});

test('a second output block for the same commands is an error', () => {
  const twice = [block('sh', 'date'), block('output', '…'), block('output', '…')].join('\n');
  assert.throws(() => parsed(twice), /a\.md:8: an output block follows the commands/);
});
