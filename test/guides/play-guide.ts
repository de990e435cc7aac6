import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outcomeOf } from '../lab/command.ts';
import { waitFor } from '../lab/wait-for.ts';
import { missingLine } from './expected-output.ts';
import type { CommandStep, Guide } from './parse-guide.ts';

/** Where a guide is played: an empty folder, and what the reader's shell knows. */
export type Reader = {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How long a command is repeated until it prints what the guide shows; 60 unless told. */
  readonly patienceSeconds?: number;
};

/**
 * Does what a guide tells its reader, step by step. Throws an error that names the guide's line
 * when a command fails, or does not in time print what the guide shows.
 */
export async function playGuide(guide: Guide, reader: Reader): Promise<void> {
  for (const step of guide.steps) {
    if (step.kind === 'file') await writeFile(join(reader.folder, step.name), step.text);
    else await playCommand(`${guide.path}:${step.line}`, step, reader);
  }
}

async function playCommand(where: string, step: CommandStep, reader: Reader): Promise<void> {
  const { command, output } = step;
  if (output === undefined) {
    const { status, printed } = await typed(command, reader);
    if (status !== 0) throw new Error(`${where}: "${command}" ended with ${status}: ${printed}`);
    return;
  }
  const what = `${where}: "${command}" to print what the guide shows`;
  const boundSeconds = reader.patienceSeconds ?? 60;
  await waitFor({ what, boundSeconds, everyMs: 500 }, async () => {
    const { printed } = await typed(command, reader);
    const missing = missingLine(output, printed);
    return missing === undefined || `no line "${missing}" in:\n${printed}`;
  });
}

/** Longer than any `--timeout` that a guide writes. */
const commandSecondsMax = 150;

/** What a person sees of a command: both its streams, as they come. */
async function typed(command: string, { folder, environment }: Reader) {
  const { status, stdout } = await outcomeOf(['sh', '-c', `exec 2>&1\n${command}`], {
    cwd: folder,
    env: environment,
    timeoutSeconds: commandSecondsMax,
  });
  return { status, printed: stdout };
}
