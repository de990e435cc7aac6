/**
 * The text of a TypeScript file with comments, strings and regular expressions blanked out, so that
 * rules about code read code only. Every character keeps its line and column; code inside `${}` of
 * a template stays.
 * TypeScript 7 has no compiler API to ask; these sixty lines know enough of the language for our
 * own sources.
 */
export function blanked(source: string): string {
  const out = [...source];
  /** Depth of braces in each open `${`: when it comes back to 0 the template goes on. */
  const templates: number[] = [];
  let at = 0;
  while (at < source.length) {
    const end = endOfBlank(source, at, templates);
    if (end === undefined) {
      at += 1;
      continue;
    }
    for (let index = at; index < end; index += 1) if (out[index] !== '\n') out[index] = ' ';
    at = end;
  }
  return out.join('');
}

function endOfBlank(source: string, at: number, templates: number[]): number | undefined {
  const char = source[at] ?? '';
  const two = source.slice(at, at + 2);
  if (two === '//') return untilOrEnd(source, '\n', at);
  if (two === '/*') return untilOrEnd(source, '*/', at + 2) + 2;
  if (char === "'" || char === '"') return endOfString(source, at, char);
  if (char === '`') return endOfTemplatePart(source, at + 1, templates);
  if (char === '/' && startsRegex(source, at)) return endOfRegex(source, at);
  if (templates.length > 0 && (char === '{' || char === '}')) {
    return braceInTemplate(source, at, templates);
  }
  return undefined;
}

function untilOrEnd(source: string, text: string, from: number): number {
  const found = source.indexOf(text, from);
  return found === -1 ? source.length : found;
}

function endOfString(source: string, at: number, quote: string): number {
  for (let index = at + 1; index < source.length; index += 1) {
    if (source[index] === '\\') index += 1;
    else if (source[index] === quote) return index + 1;
  }
  return source.length;
}

/** Ends behind the closing backtick or behind the next `${`, which opens code. */
function endOfTemplatePart(source: string, from: number, templates: number[]): number {
  for (let index = from; index < source.length; index += 1) {
    if (source[index] === '\\') index += 1;
    else if (source[index] === '`') return index + 1;
    else if (source.startsWith('${', index)) {
      templates.push(1);
      return index + 2;
    }
  }
  return source.length;
}

function braceInTemplate(source: string, at: number, templates: number[]): number | undefined {
  const depth = (templates.pop() ?? 0) + (source[at] === '{' ? 1 : -1);
  if (depth === 0) return endOfTemplatePart(source, at + 1, templates);
  templates.push(depth);
  return undefined;
}

/** A slash after a value divides; after anything else it opens a regular expression. */
function startsRegex(source: string, at: number): boolean {
  const before = source.slice(0, at).trimEnd();
  if (/\b(return|case|typeof|in|of)$/.test(before)) return true;
  return !/[\w)\]}'"`$]$/.test(before);
}

function endOfRegex(source: string, at: number): number {
  let inClass = false;
  for (let index = at + 1; index < source.length; index += 1) {
    const char = source[index];
    if (char === '\\') index += 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '\n' || (char === '/' && !inClass)) return index + 1;
  }
  return source.length;
}
