import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Stage } from './stages.ts';
import { readTap, type TestCounts } from './tap.ts';

/** What a stage came to; a tool's only failure is its own name. */
export type StageOutcome = TestCounts & { readonly name: string; readonly seconds: number };

/** From the polite signal to the certain one: a lab needs about 10 s to take itself down. */
const graceMs = 30_000;

/** Runs one stage to its end or its bound; its output goes where ours goes. */
export async function runStage(
  stage: Stage,
  environment: NodeJS.ProcessEnv,
): Promise<StageOutcome> {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-run-'));
  const tapFile = join(directory, 'tap');
  const startMs = performance.now();
  try {
    const ending = await ended(stage, startStage(stage, tapFile, environment));
    const seconds = (performance.now() - startMs) / 1000;
    return { name: stage.name, seconds, ...countsOf(stage, ending, tapFile) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function startStage(stage: Stage, tapFile: string, environment: NodeJS.ProcessEnv): ChildProcess {
  const [program = '', ...args] = stage.command;
  return spawn(program, stage.kind === 'tests' ? withReporters(args, tapFile) : args, {
    stdio: 'inherit',
    // Its own group, so that a stage over its bound ends with everything it started.
    detached: true,
    env: {
      ...environment,
      ...stage.environment,
      PATH: `${join('node_modules', '.bin')}${delimiter}${environment['PATH']}`,
    },
  });
}

function withReporters(args: readonly string[], tapFile: string): string[] {
  const [flag = '--test', ...rest] = args;
  const reporter = (name: string, to: string): string[] => [
    `--test-reporter=${name}`,
    `--test-reporter-destination=${to}`,
  ];
  // A thousand unit tests need a dot each; a network test is worth its line.
  const seen = rest.includes('src/**/*.test.ts') ? 'dot' : 'spec';
  return [flag, ...reporter(seen, 'stdout'), ...reporter('tap', tapFile), ...rest];
}

/** Undefined: the stage ended well; else what was wrong with its end. */
async function ended(stage: Stage, child: ChildProcess): Promise<string | undefined> {
  let overdue = false;
  const timers = [
    setTimeout(() => {
      overdue = true;
      signalGroup(child, 'SIGTERM');
    }, stage.boundSeconds * 1000),
    setTimeout(() => signalGroup(child, 'SIGKILL'), stage.boundSeconds * 1000 + graceMs),
  ];
  const forward = (signal: NodeJS.Signals): void => signalGroup(child, signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  try {
    const [code, signal] = await once(child, 'exit');
    if (overdue) return `not finished within ${stage.boundSeconds} s`;
    if (code === 0) return undefined;
    return code === null ? `ended by ${signal}` : `exit code ${code}`;
  } catch (error) {
    return `did not start: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    timers.forEach(clearTimeout);
    process.off('SIGINT', forward).off('SIGTERM', forward);
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

function countsOf(stage: Stage, ending: string | undefined, tapFile: string): TestCounts {
  const none = { passed: 0, failed: 0, skipped: 0, failures: [], failedFiles: [], skips: [] };
  const broken = (why: string): TestCounts => ({
    ...none,
    failed: 1,
    failures: [`stage "${stage.name}": ${why}`],
  });
  if (stage.kind === 'tool') return ending === undefined ? none : broken(ending);
  const counts = existsSync(tapFile) ? readTap(readFileSync(tapFile, 'utf8')) : undefined;
  if (counts === undefined) return broken(`crashed before its totals (${ending ?? 'exit code 0'})`);
  if (counts.passed + counts.failed + counts.skipped === 0) return broken('ran no test');
  if (counts.failed === 0 && ending !== undefined) return broken(ending);
  return counts;
}
