/**
 * Runs the project's tests in stages and ends with one line: `N passed, N failed`.
 *
 *   node test/run.ts            everything: check, API, chart and alerts, data plane, network
 *   node test/run.ts --check    types, lint, tidy, unit, cases, generated files
 *   node test/run.ts --fast     the same, and nothing that needs root or a lab
 *   node test/run.ts --long     everything with a fresh seed and many more runs, then the soaks
 *
 * FAIRLEAD_SEED gives the seed, FAIRLEAD_SOAK_SECONDS the soaks' time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runWithSecondTry, type TriedOutcome } from './run/second-try.ts';
import { seedsOf } from './run/seeds.ts';
import { type Extent, preparedFolder, type Stage, stagesOf } from './run/stages.ts';
import { soakTimes } from './soak/soak-time.ts';

async function main(): Promise<number> {
  const extent = extentOf(process.argv.slice(2));
  const stages = stagesOf(extent, soakTimes(process.env));
  const prepared = mkdtempSync(join(tmpdir(), 'fairlead-test-'));
  process.on('exit', () => rmSync(prepared, { recursive: true, force: true }));
  const environment = {
    ...process.env,
    FAIRLEAD_IMAGE_ROOT: join(prepared, 'image'),
    ...(extent === 'long' ? freshSeed() : {}),
  };
  const outcomes: TriedOutcome[] = [];
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      interrupted = true;
    });
  }
  for (const stage of stages) {
    if (interrupted) break;
    print(`\n▶ ${stage.name}`);
    const outcome = await runWithSecondTry(inFolder(stage, prepared), environment);
    outcomes.push(outcome);
    print(`${outcome.failed === 0 ? '✔' : '✖'} ${stage.name} (${outcome.seconds.toFixed(1)} s)`);
  }
  if (interrupted) print('\ninterrupted: the stages after the last one above did not run');
  return summary(outcomes) && !interrupted ? 0 : 1;
}

/** One seed for all stages, so that one command repeats the whole run. */
function freshSeed(): Record<string, string> {
  const long = { FAIRLEAD_TEST_LONG: '1' };
  const { seed } = seedsOf({ ...process.env, ...long });
  print(`seed ${seed}; FAIRLEAD_SEED=${seed} npm run test:long draws the same again`);
  return { ...long, FAIRLEAD_SEED: `${seed}` };
}

function inFolder(stage: Stage, folder: string): Stage {
  const command = stage.command.map((word) => (word === preparedFolder ? folder : word));
  return { ...stage, command };
}

function extentOf(args: readonly string[]): Extent {
  const flags = {
    fast: { type: 'boolean' },
    check: { type: 'boolean' },
    long: { type: 'boolean' },
  };
  const { values } = parseArgs({ args: [...args], options: flags as never });
  const [extent, ...more] = Object.keys(values);
  if (more.length > 0) throw new Error('give one of --fast, --check, --long, or none of them');
  return (extent ?? 'all') as Extent;
}

/** Prints failures, skips and totals; true when everything passed. */
function summary(outcomes: readonly TriedOutcome[]): boolean {
  const sum = (of: (outcome: TriedOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  list('Failed:', outcomes, (outcome) => outcome.failures);
  list('Passed only when run once more:', outcomes, (outcome) => outcome.secondTries);
  list('Skipped:', outcomes, (outcome) => outcome.skips);
  const [passed, failed, skipped] = [
    sum((outcome) => outcome.passed),
    sum((outcome) => outcome.failed),
    sum((outcome) => outcome.skipped),
  ];
  print('');
  print(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
  return failed === 0;
}

function list(
  title: string,
  outcomes: readonly TriedOutcome[],
  of: (outcome: TriedOutcome) => readonly string[],
): void {
  const lines = outcomes.flatMap((outcome) =>
    of(outcome).map((line) => `  ${outcome.name}: ${line}`),
  );
  if (lines.length > 0) print(`\n${title}\n${lines.join('\n')}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main();
