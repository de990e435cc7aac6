import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/** `file:///…/fairlead.mjs:12:345` as a stack trace has it. */
const place = /(?:file:\/\/)?(\/[^\s():]+\.mjs):(\d+):(\d+)/g;

/**
 * A stack trace whose places in the bundle are those of the sources, as far as a map beside the
 * bundle says. Read only when something went wrong: `--enable-source-maps` keeps the map in memory
 * from the start, which costs more than the rest of the controller.
 */
export function sourceStack(stack: string): string {
  const maps = new Map<string, SourceMap | undefined>();
  return stack.replace(place, (text, ...[file, line, column]: [string, string, string]) => {
    if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
    const origin = maps.get(file)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !('fileName' in origin)) return text;
    return `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}

function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
