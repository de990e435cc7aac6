/** Samples by what they measure; the name carries the unit. */
export type Measured = Record<string, number[]>;

/** One line each: `name  min / median / max`. */
export function summary(measured: Measured): string {
  return Object.entries(measured)
    .map(([name, samples]) => `  ${name.padEnd(40)} ${spread(samples)}\n`)
    .join('');
}

/** Adds a sample under a name. */
export function record(measured: Measured, name: string, sample: number): void {
  measured[name] = [...(measured[name] ?? []), sample];
}

function spread(samples: readonly number[]): string {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  return `${sorted[0]} / ${middle} / ${sorted.at(-1)}`;
}
