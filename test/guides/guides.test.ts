/** The guides themselves, as far as they can be judged without a cluster. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { annotations } from '../../src/tables/names.ts';
import { reasons } from '../../src/tables/reasons.ts';
import { settingAnnotation, settingNames } from '../../src/tables/settings.ts';
import { parseGuide } from './parse-guide.ts';

const folder = 'docs/guides';
const guides = readdirSync(folder)
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));

test('every guide can be played, shows what one sees, and is listed', () => {
  const list = readFileSync(join(folder, 'README.md'), 'utf8');
  assert.ok(guides.length >= 6, `${guides.length} guides`);
  for (const { file, text } of guides) {
    const { title, steps } = parseGuide(file, text);
    assert.ok(list.includes(`[${title}](${file})`), `${file} is listed`);
    assert.ok(steps.some((step) => step.kind === 'command' && step.output !== undefined));
  }
});

test('every file that a guide writes is used by a command', () => {
  for (const { file, text } of guides) {
    const { steps } = parseGuide(file, text);
    const commands = steps.flatMap((step) => (step.kind === 'command' ? [step.command] : []));
    for (const step of steps.filter((one) => one.kind === 'file')) {
      const isUsed = commands.some((command) => command.includes(step.name));
      assert.ok(isUsed, `${file}: ${step.name}`);
    }
  }
});

test('reasons and annotations that guides name exist', () => {
  for (const { file, text } of guides) {
    for (const [code = ''] of tableCodes(text)) {
      assert.ok(Object.hasOwn(reasons, code), `${file}: ${code} is no reason`);
    }
    const known = [...Object.values(annotations), ...settingNames.map(settingAnnotation)];
    for (const [, name = ''] of text.matchAll(/(fairlead\.dev\/[a-z-]+)(?=[:=`])/g)) {
      const isKnown = known.some((each) => each === name) || name === 'fairlead.dev/vip';
      assert.ok(isKnown, `${file}: ${name} is no annotation`);
    }
  }
});

/** What stands in the second column of the table of what can go wrong. */
function tableCodes(text: string): RegExpMatchArray[] {
  const rows = text.split('\n').filter((line) => /^\|.*\|.*\|.*\|$/.test(line));
  return rows.flatMap((row) => [...(row.split('|')[2] ?? '').matchAll(/(?<=`)[A-Z]\w+(?=`)/g)]);
}

test('links of guides lead somewhere', () => {
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)[^)]*\)/g)) {
      assert.ok(existsSync(join(folder, target)), `${file}: ${target}`);
    }
  }
});
