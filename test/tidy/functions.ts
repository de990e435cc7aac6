/** A function as the size budgets see it. */
export type FunctionSize = {
  readonly name: string;
  readonly line: number;
  /**
   * From the line of its head to the line of its closing brace; an arrow without a block is not
   * counted.
   */
  readonly lines: number;
  readonly parameters: number;
};

/** Words that look like a method's name before a parenthesis and are not one. */
const keywords = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'await', 'typeof']);

/** Every function with a block body in blanked source, in order of appearance. */
export function functionsIn(code: string): FunctionSize[] {
  const lineOf = lineCounter(code);
  return [...code.matchAll(/\(/g)].flatMap((match) => functionAt(code, match.index, lineOf));
}

type LineOf = (index: number) => number;

/** How far back a name or a callee is looked for. */
const lookBehind = 200;

function functionAt(code: string, open: number, lineOf: LineOf): FunctionSize[] {
  const close = closing(code, open);
  if (close === undefined) return [];
  const before = code.slice(Math.max(0, open - lookBehind), open);
  const name = /([\w$#]+)\s*(?:<[^()]*>)?$/.exec(before)?.[1] ?? '';
  const body = bodyStart(code, close, name);
  if (body === undefined || keywords.has(name)) return [];
  const end = closing(code, body) ?? code.length;
  const parameters = parametersIn(code.slice(open + 1, close));
  const line = lineOf(open);
  const callee = /(\w+)\([^()]*$/.exec(before)?.[1];
  const shown = name || (callee === undefined ? '(arrow)' : `(arrow for ${callee})`);
  return [{ name: shown, line, lines: lineOf(end) - line + 1, parameters }];
}

/**
 * Where the block of a function opens whose parameters end at `close`; undefined: not a function.
 */
function bodyStart(code: string, close: number, name: string): number | undefined {
  const rest = code.slice(close + 1);
  // A return type may hold braces of its own: `): Promise<{ a: string }> {`.
  const arrow = /^(?:\s*:[^;=]*?)?\s*=>\s*\{/.exec(rest);
  if (arrow !== null) return close + arrow[0].length;
  if (name === '') return undefined;
  const block = /^\s*(?::\s*(?:[^{};=]|\{[^{}]*\})*?[^\s|&:,<])?\s*\{/.exec(rest);
  return block === null ? undefined : close + block[0].length;
}

/** The index of the bracket that closes the one at `open`; undefined when the file ends first. */
export function closing(code: string, open: number): number | undefined {
  let depth = 0;
  for (let index = open; index < code.length; index += 1) {
    const char = code[index] ?? '';
    if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
    if (depth === 0) return index;
  }
  return undefined;
}

function parametersIn(text: string): number {
  let depth = 0;
  let count = text.trim() === '' ? 0 : 1;
  for (const [index, char] of [...text].entries()) {
    if ('([{<'.includes(char)) depth += 1;
    // `=>` closes no angle bracket.
    else if (')]}'.includes(char) || (char === '>' && text[index - 1] !== '=')) depth -= 1;
    else if (char === ',' && depth === 0 && text.slice(index + 1).trim() !== '') count += 1;
  }
  return count;
}

/** The line of an index, counted once for all indexes. */
function lineCounter(code: string): LineOf {
  const lines = new Uint32Array(code.length + 1);
  let line = 1;
  for (let index = 0; index < code.length; index += 1) {
    lines[index] = line;
    if (code[index] === '\n') line += 1;
  }
  lines[code.length] = line;
  return (index) => lines[index] ?? line;
}
