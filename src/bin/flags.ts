import { parseArgs } from 'node:util';

/** One flag: its default and what `--help` says. Without a default it is required. */
export type Flag = { readonly default?: string; readonly help: string };

/**
 * Reads `--name value` flags; unknown or missing ones end in a message that names them. `--help`
 * prints all and exits 0.
 */
export function readFlags<Name extends string>(
  command: string,
  flags: Readonly<Record<Name, Flag>>,
  args: string[],
): Record<Name, string> {
  const options = Object.fromEntries([
    ...Object.keys(flags).map((name) => [name, { type: 'string' as const }]),
    ['help', { type: 'boolean' as const }],
  ]);
  const parsed = parseArgs({ args, options, strict: true });
  const values: Readonly<Record<string, unknown>> = parsed.values;
  if (values['help'] === true) {
    process.stdout.write(help(command, flags));
    process.exit(0);
  }
  const entries = Object.entries<Flag>(flags).map(([name, flag]) => {
    const value = values[name] ?? flag.default;
    if (typeof value !== 'string') throw new Error(`--${name} is missing: ${flag.help}`);
    return [name, value];
  });
  return Object.fromEntries(entries) as Record<Name, string>;
}

function help(command: string, flags: Readonly<Record<string, Flag>>): string {
  const lines = Object.entries(flags).map(([name, flag]) => {
    const fallback = flag.default === undefined ? 'required' : `default "${flag.default}"`;
    return `  --${name}\n      ${flag.help} (${fallback})`;
  });
  return `fairlead ${command}\n${lines.join('\n')}\n`;
}

/** A whole number of a flag within bounds, or an error that names the flag. */
export function wholeNumber(name: string, text: string, bounds: readonly [number, number]): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= bounds[0] && value <= bounds[1]) return value;
  throw new Error(`--${name} is "${text}"; write a whole number from ${bounds[0]} to ${bounds[1]}`);
}
