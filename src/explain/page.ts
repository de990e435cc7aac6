import { printable } from '../lib/printable.ts';

/** How a part of a line is meant: colours are chosen where there is a terminal. */
export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong';

/** A part of a line; without a tone it is plain. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

/** The parts of one line, printed one after the other. */
export type Line = readonly Cell[];

/** Colours a text, or leaves it alone. */
export type Paint = (text: string, tone: Tone) => string;

/** No colours: files, pipes and tests. */
export const plainPaint: Paint = (text) => text;

/** A cell that means something. */
export function toned(tone: Tone, text: string): Cell {
  return { tone, text };
}

/**
 * The text of a page, each line ended. Whatever an object's author wrote into it is made printable
 * here, before any colour is added.
 */
export function pageText(lines: readonly Line[], paint: Paint): string {
  const texts = lines.map((line) => {
    const cells = line.map((cell) =>
      typeof cell === 'string' ? shown(cell) : paint(shown(cell.text), cell.tone),
    );
    return `${cells.join('').trimEnd()}\n`;
  });
  return texts.join('');
}

/** Rows as lines in columns, three blanks apart; a row may be shorter than the others. */
export function columns(rows: readonly Line[], indent = 0): Line[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      // What a row ends with pushes nothing aside.
      const width = index === row.length - 1 ? 0 : widthOf(cell);
      widths[index] = Math.max(widths[index] ?? 0, width);
    }
  }
  return rows.map((row) => [
    ' '.repeat(indent),
    ...row.map((cell, index) => (index === row.length - 1 ? cell : padded(cell, widths[index]))),
  ]);
}

const gap = 3;

function padded(cell: Cell, width = 0): Cell {
  const pad = ' '.repeat(Math.max(0, width - widthOf(cell)) + gap);
  return typeof cell === 'string' ? shown(cell) + pad : { ...cell, text: cell.text + pad };
}

function widthOf(cell: Cell): number {
  return shown(typeof cell === 'string' ? cell : cell.text).length;
}

/** Whole, however long it is. */
function shown(text: string): string {
  return printable(text, Infinity);
}
