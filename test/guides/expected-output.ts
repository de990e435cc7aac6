/** Stands for any text in a line that a guide shows. */
const anything = '…';

/**
 * The first line a guide shows that a command did not print, or not in that order; undefined when
 * all of them are there. What was printed may have more lines. Blanks count as one, since columns
 * are as wide as what happens to stand in them.
 */
export function missingLine(shown: readonly string[], printed: string): string | undefined {
  const lines = printed.split('\n').map(folded);
  let from = 0;
  for (const line of shown) {
    const pattern = patternOf(line);
    const at = lines.findIndex((candidate, index) => index >= from && pattern.test(candidate));
    if (at < 0) return line;
    from = at + 1;
  }
  return undefined;
}

function patternOf(line: string): RegExp {
  const parts = folded(line).split(anything);
  return new RegExp(`^${parts.map((part) => RegExp.escape(part)).join('.*')}$`);
}

function folded(line: string): string {
  return line.replaceAll(/\s+/g, ' ').trim();
}
