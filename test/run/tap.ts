/** What one `node --test` run said about itself in its TAP file. */
export type TestCounts = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /**
   * Full names of the tests that failed; a parent that only carries a child's failure is left out.
   */
  readonly failures: readonly string[];
  /** The files these are in, each once. */
  readonly failedFiles: readonly string[];
  /** `name: reason` of every skipped test. */
  readonly skips: readonly string[];
};

/**
 * Reads the TAP of a finished run; undefined when the run ended before its totals, that is:
 * crashed.
 */
export function readTap(text: string): TestCounts | undefined {
  const lines = text.split('\n');
  const tests = total(lines, 'tests');
  const passed = total(lines, 'pass');
  if (tests === undefined || passed === undefined) return undefined;
  const skipped = (total(lines, 'skipped') ?? 0) + (total(lines, 'todo') ?? 0);
  return {
    passed,
    skipped,
    // Cancelled tests and whatever node counts in future are not passes, so they are failures.
    failed: tests - passed - skipped,
    failures: leafFailures(lines).map(({ name }) => name),
    failedFiles: [...new Set(leafFailures(lines).flatMap(({ file }) => file ?? []))],
    skips: skipReasons(lines),
  };
}

function total(lines: readonly string[], what: string): number | undefined {
  const line = lines.findLast((candidate) => candidate.startsWith(`# ${what} `));
  return line === undefined ? undefined : Number(line.slice(what.length + 3));
}

type Failure = { readonly name: string; readonly file: string | undefined };

function leafFailures(lines: readonly string[]): Failure[] {
  return lines.flatMap((line, index) => {
    const name = /^\s*not ok \d+ - (.*)$/.exec(line)?.[1];
    if (name === undefined || / # (SKIP|TODO)/.test(name)) return [];
    const details = detailsOf(lines, index);
    const kind = firstMatch(details, /failureType: '(.*)'/);
    return kind === 'subtestsFailed' ? [] : [{ name: unescaped(name), file: fileOf(details) }];
  });
}

/** The YAML block of a result, which follows it at once and is indented by two more. */
function detailsOf(lines: readonly string[], index: number): readonly string[] {
  const indent = /^\s*/.exec(lines[index] ?? '')?.[0] ?? '';
  const end = lines.indexOf(`${indent}  ...`, index);
  return lines.slice(index + 1, end < 0 ? lines.length : end);
}

/** Where a test stands: a helper's call of `test` is where it was made, then the stack tells. */
function fileOf(details: readonly string[]): string | undefined {
  const made = firstMatch(details, /location: '(.*?):\d+:\d+'/);
  if (made === undefined || isTestFile(made)) return made;
  return firstMatch(details, /file:\/\/(\S+?\.test\.ts):\d+/) ?? made;
}

function firstMatch(lines: readonly string[], pattern: RegExp): string | undefined {
  return lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
}

/** Whether a path names a file of tests rather than one that helps them. */
export function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts');
}

function skipReasons(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const match = /^\s*(?:not )?ok \d+ - (.*?) # (?:SKIP|TODO)\s?(.*)$/.exec(line);
    if (match === null) return [];
    return [`${unescaped(match[1] ?? '')}: ${match[2] || 'no reason given'}`];
  });
}

function unescaped(name: string): string {
  return name.replaceAll('\\#', '#').replaceAll('\\\\', '\\');
}
