/** What one size came to: values by what they measure; the name carries the unit. */
export type SizeResult = {
  readonly size: number;
  readonly values: Readonly<Record<string, number>>;
};

/**
 * One line a value, one column a size, then how often the value grew from the first size to the
 * last. Linear growth is the ratio of the sizes, which heads the column.
 */
export function sizesTable(results: readonly SizeResult[]): string {
  const header = ['', ...results.map(({ size }) => grouped(size)), sizeRatio(results)];
  const rows = namesOf(results).map((name) => [
    name,
    ...results.map(({ values }) => shown(values[name])),
    shown(growthOf(results, name)),
  ]);
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  return [header, ...rows].map((row) => `${aligned(row, widths)}\n`).join('');
}

/** The same for programs: values by size, and growth by name. */
export function sizesJson(results: readonly SizeResult[]): Readonly<Record<string, unknown>> {
  const growth = namesOf(results).map((name) => [name, growthOf(results, name)]);
  return { sizes: results, growth: Object.fromEntries(growth) };
}

function namesOf(results: readonly SizeResult[]): string[] {
  return [...new Set(results.flatMap(({ values }) => Object.keys(values)))];
}

function growthOf(results: readonly SizeResult[], name: string): number | undefined {
  const [first, last] = [results[0]?.values[name], results.at(-1)?.values[name]];
  return first === undefined || last === undefined || first === 0 ? undefined : last / first;
}

function sizeRatio(results: readonly SizeResult[]): string {
  const [first = 1, last = 1] = [results[0]?.size, results.at(-1)?.size];
  return `grew (linear: ${shown(last / first)})`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** Three figures say enough. */
export function shown(value: number | undefined): string {
  if (value === undefined) return '-';
  if (Number.isInteger(value)) return grouped(value);
  if (Math.abs(value) >= 100) return grouped(Math.round(value));
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

function aligned(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => {
    const width = widths[column] ?? 0;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  return `  ${cells.join('  ')}`;
}

/** The middle of the samples; of an even count the lower one of the two. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
