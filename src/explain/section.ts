import type { Advice, Told } from './finding.ts';
import { type Cell, columns, type Line, type Tone, toned } from './page.ts';

/** A part of an explanation: `ok` false is where it breaks, undefined is neither good nor bad. */
export type Section = {
  readonly title: string;
  readonly text?: string;
  readonly ok?: boolean | undefined;
  readonly rows?: readonly Line[];
};

/** A marked line, and rows below it in columns; nothing at all for a part that is empty. */
export function sectionLines({ title, text = '', ok, rows = [] }: Section): Line[] {
  if (text === '' && rows.length === 0 && ok === undefined) return [];
  const mark = ok === undefined ? '  ' : toned(ok ? 'good' : 'bad', ok ? '✔ ' : '✖ ');
  return [[mark, toned('strong', title.padEnd(titleWidth)), text], ...columns(rows, 4)];
}

const titleWidth = 14;

/** What an explanation begins with: about what, what it comes to, why, and what to do. */
export function verdictLines(
  of: Told & Advice & { readonly about: string; readonly state: string; readonly tone: Tone },
): Line[] {
  const head: Cell = toned(of.tone, `${of.state}: ${of.code}`);
  return [[toned('strong', of.about), ' ', head], [`  ${of.sentence}`], ...adviceLines(of), []];
}

/** What to do, in words and as a command. */
export function adviceLines({ remedy, command }: Advice): Line[] {
  return [
    ...(remedy === null ? [] : [['  ', toned('dim', `→ ${remedy}`)]]),
    ...(command === null ? [] : [['  ', toned('dim', `$ ${command}`)]]),
  ];
}

/** What could not be read, at the end of a page. */
export function unreadLines(sentences: readonly string[]): Line[] {
  return sentences.map((sentence) => [toned('warn', `not shown: ${sentence}`)]);
}
