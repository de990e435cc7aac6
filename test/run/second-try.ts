import { runStage, type StageOutcome } from './run-stage.ts';
import type { Stage } from './stages.ts';
import { isTestFile } from './tap.ts';

/** More files than these fail for a reason. */
const filesMax = 3;

/** A stage that may have had files run once more, with the names of what failed the first time. */
export type TriedOutcome = StageOutcome & { readonly secondTries: readonly string[] };

/**
 * Runs a stage and, where it may have a second try, the few files once more in which something
 * failed. What fails twice has failed; what passes then is counted as passed and named.
 */
export async function runWithSecondTry(
  stage: Stage,
  environment: NodeJS.ProcessEnv,
  { run = runStage, say = (line: string) => void process.stdout.write(line) } = {},
): Promise<TriedOutcome> {
  const first = await run(stage, environment);
  const files = first.failedFiles;
  const isFew = files.length > 0 && files.length <= filesMax;
  const isTried = stage.hasSecondTry === true && isFew && files.every(isTestFile);
  if (!isTried) return { ...first, secondTries: [] };
  say(`\nonce more: ${first.failures.join('; ')}\n`);
  const again = await run({ ...stage, command: withFiles(stage.command, files) }, environment);
  const seconds = first.seconds + again.seconds;
  const isPassed = again.failed === 0 && again.passed >= first.failed;
  if (!isPassed) return { ...first, seconds, secondTries: [] };
  return {
    ...first,
    seconds,
    ...{ passed: first.passed + first.failed, failed: 0, failures: [] },
    secondTries: first.failures,
  };
}

/** The same command with other test files. */
export function withFiles(command: readonly string[], files: readonly string[]): string[] {
  return [...command.filter((word) => !isTestFile(word)), ...files];
}
