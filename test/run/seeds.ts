/**
 * Where every test that draws at random takes its seed from.
 *
 *   npm run check                        the fixed seed, few runs: the same values every time
 *   npm run test:long                    a fresh seed, printed, and many more runs
 *   FAIRLEAD_SEED=7 npm run test:long    that seed again
 *   FAIRLEAD_SEED=7:1200 npx node --test FILE    what a failing property prints: exactly its runs
 */
import { relative } from 'node:path';
import fc from 'fast-check';

/** The environment of a test process, or what stands for it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is drawn from, and how much. */
export type Seeds = {
  readonly seed: number;
  /** Many runs, each property bounded in time. */
  readonly isLong: boolean;
  /** At least so many runs of each property, however long they take. */
  readonly runsMin: number;
};

/** The seed of every run that asks for nothing else. */
const fixedSeed = 20_260_801;

/** fast-check takes 32 bits with a sign; this is what people have to type. */
const seedMax = 2 ** 31 - 1;

/** How many times more a property runs under `test:long`, if its time allows. */
const longFactor = 200;

/** One property's time under `test:long`: with twenty properties a few minutes in all. */
const longMsMax = 10_000;

/** Reads FAIRLEAD_TEST_LONG and FAIRLEAD_SEED (`SEED` or `SEED:RUNS`); throws on anything else. */
export function seedsOf(environment: Environment, draw = drawSeed): Seeds {
  const isLong = (environment['FAIRLEAD_TEST_LONG'] ?? '') !== '';
  const given = environment['FAIRLEAD_SEED'] ?? '';
  if (given === '') return { seed: isLong ? draw() : fixedSeed, isLong, runsMin: 0 };
  const [, seed = '', runs = '0'] = /^(\d{1,10})(?::(\d{1,9}))?$/.exec(given) ?? [];
  if (seed === '' || Number(seed) > seedMax) {
    const remedy = `a whole number up to ${seedMax}, or SEED:RUNS as a failing test prints it`;
    throw new Error(`FAIRLEAD_SEED is "${given}": write ${remedy}`);
  }
  return { seed: Number(seed), isLong, runsMin: Number(runs) };
}

/** The seeds of this process; a fresh one is said once, by whoever drew it. */
export const seeds: Seeds = seedsOf(process.env, () => {
  const seed = drawSeed();
  process.stderr.write(`properties draw from seed ${seed}: FAIRLEAD_SEED=${seed} repeats them\n`);
  return seed;
});

/** A fresh seed. */
export function drawSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1)).reduce((_, drawn) => drawn % seedMax, 0);
}

/** What fast-check is told about one property. */
export type PropertyParameters = {
  readonly seed: number;
  readonly numRuns: number;
  readonly plugins: fc.Plugin<unknown>[];
};

/**
 * The parameters of the properties of one test file (`import.meta.filename`): `runs` of the fixed
 * seed, or what the environment asks for. A failure prints the command that repeats it.
 */
export function propertyRuns(file: string, runs = 100, from: Seeds = seeds): PropertyParameters {
  const plugins = [replayPlugin(file)];
  if (from.runsMin > 0) {
    return { seed: from.seed, numRuns: Math.max(runs, from.runsMin), plugins };
  }
  if (!from.isLong) return { seed: from.seed, numRuns: runs, plugins };
  plugins.push(fc.interruptAfterTimeLimit(longMsMax));
  return { seed: from.seed, numRuns: runs * longFactor, plugins };
}

function replayPlugin(file: string): fc.Plugin<unknown> {
  return () => ({
    onAllRunsComplete: (details) => {
      if (!details.failed) return;
      const message = `${fc.defaultReportMessage(details)}\n\nRepeat it: ${replay(file, details)}`;
      throw new Error(message, { cause: details.errorInstance });
    },
  });
}

/**
 * A value depends on the seed and on its run's number alone, so the same number of runs finds it.
 */
function replay(file: string, { seed, numRuns }: fc.RunDetails<unknown>): string {
  return `FAIRLEAD_SEED=${seed}:${numRuns} npx node --test ${relative(process.cwd(), file)}`;
}
