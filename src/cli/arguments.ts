import { parseArgs } from 'node:util';
import { type CliFlag, type CliVerbName, cliFlags, cliVerbs } from '../tables/cli-verbs.ts';
import { CliError } from './cli-error.ts';

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml';

/** A command line, understood. */
export type Arguments = {
  readonly verb: CliVerbName;
  readonly operands: readonly string[];
  /** A flag's text, if it was given. */
  readonly text: (flag: string) => string | undefined;
  readonly isSet: (flag: string) => boolean;
  readonly output: OutputFormat;
};

/** Whether a word names a verb. */
export function isVerb(word: string | undefined): word is CliVerbName {
  return word !== undefined && Object.hasOwn(cliVerbs, word);
}

/** The flags of a verb, its own and those of all. */
export function flagsOf(verb: CliVerbName): Readonly<Record<string, CliFlag>> {
  return { ...cliFlags, ...cliVerbs[verb].flags };
}

/** Reads the words behind a verb; throws CliError 2 that says what is wrong with them. */
export function parseArguments(verb: CliVerbName, words: readonly string[]): Arguments {
  const { values, positionals } = parsed(verb, words);
  const text = (flag: string) => {
    const value = values[flag];
    return typeof value === 'string' ? value : undefined;
  };
  const output = text('output') ?? 'table';
  if (output !== 'table' && output !== 'wide' && output !== 'json' && output !== 'yaml') {
    throw new CliError(2, `-o "${output}" is unknown; write ${cliFlags.output.takes}`);
  }
  const isSet = (flag: string) => values[flag] === true;
  return { verb, operands: positionals, text, isSet, output };
}

function parsed(verb: CliVerbName, words: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(flagsOf(verb)).map(([name, { short, takes }]) => {
      const type = takes === undefined ? ('boolean' as const) : ('string' as const);
      return [name, { type, ...(short !== undefined && { short }) }];
    }),
  );
  try {
    const { values, positionals } = parseArgs({
      ...{ args: [...words], options, allowPositionals: true, strict: true },
    });
    const given: Readonly<Record<string, string | boolean | undefined>> = values;
    return { values: given, positionals };
  } catch (error) {
    // Node's own sentence names the flag; its advice about `--` helps nobody here.
    const [said = ''] = error instanceof Error ? error.message.split('. To specify') : [];
    throw new CliError(2, `${said.replace(/\.$/, '')}; see fairlead ${verb} --help`);
  }
}

/** A whole number of a flag within bounds. */
export function secondsOf(flag: string, text: string, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= max) return value;
  throw new CliError(2, `--${flag} is "${text}"; write whole seconds from 1 to ${max}`);
}

/** One of the words that a flag takes; the first of them where it is not given. */
export function wordOf<T extends string>(given: Arguments, flag: string, words: readonly T[]): T {
  const text = given.text(flag) ?? words[0];
  const word = words.find((each) => each === text);
  if (word !== undefined) return word;
  throw new CliError(2, `--${flag} is "${text}"; write ${words.join('|')}`);
}

/** The one operand there must be, or CliError 2. */
export function onlyOperand(given: Arguments): string {
  const [first, ...more] = given.operands;
  if (first !== undefined && more.length === 0) return first;
  const usage = `fairlead ${given.verb} ${cliVerbs[given.verb].operands}`;
  throw new CliError(2, `write ${usage}; ${given.operands.length} operands are given`);
}

/** None may be given. */
export function noOperands({ verb, operands }: Arguments): void {
  if (operands.length === 0) return;
  throw new CliError(2, `fairlead ${verb} takes no operand, but "${operands[0]}" is given`);
}
