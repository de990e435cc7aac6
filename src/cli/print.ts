import { Document, visit } from 'yaml';
import { type Line, type Paint, pageText, plainPaint, type Tone } from '../explain/page.ts';
import { printableJson } from '../explain/printable-json.ts';
import type { Extent } from '../explain/row-tables.ts';
import { never } from '../lib/assert.ts';
import { printable } from '../lib/printable.ts';
import type { OutputFormat } from './arguments.ts';
import type { Shell } from './shell.ts';

/** The version of the shapes that `-o json` prints; fields are added, none changes its meaning. */
const outputVersion = 'cli.fairlead.dev/v1alpha1';

/** Something to print: plain JSON with its kind. */
export type Report = { readonly kind: string };

/** Prints a report as it was asked for; its text is made only when a person reads it. */
export function print(shell: Shell, output: OutputFormat, page: Page): void {
  shell.out(textOf(shell, output, page));
}

/** The same thing twice: for programs, and for people. */
export type Page = {
  readonly report: Report;
  readonly lines: (extent: Extent) => readonly Line[];
};

function textOf(shell: Shell, output: OutputFormat, { report, lines }: Page): string {
  const object = { apiVersion: outputVersion, ...report };
  switch (output) {
    case 'json':
      return printableJson(`${JSON.stringify(object, undefined, 2)}\n`);
    case 'yaml':
      return yamlText(object);
    case 'wide':
      return pageText(lines('wide'), paintOf(shell));
    case 'table':
      return pageText(lines('normal'), paintOf(shell));
    default:
      return never(output);
  }
}

const colours: Readonly<Record<Tone, string>> = {
  good: '32',
  bad: '31',
  warn: '33',
  dim: '2',
  strong: '1',
};

/** Colours where they are wanted. */
export function paintOf({ hasColour }: Pick<Shell, 'hasColour'>): Paint {
  if (!hasColour) return plainPaint;
  return (text, tone) => `\x1b[${colours[tone]}m${text}\x1b[0m`;
}

/** A text that could act on the terminal goes into double quotes, where YAML has escapes for it. */
function yamlText(object: object): string {
  const document = new Document(object);
  visit(document, {
    Scalar: (_key, node) => {
      const isOdd =
        typeof node.value === 'string' && printable(node.value, Infinity) !== node.value;
      if (isOdd) node.type = 'QUOTE_DOUBLE';
    },
  });
  return printableJson(document.toString({ lineWidth: 0 }));
}
