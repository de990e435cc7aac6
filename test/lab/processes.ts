import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { inCgroup } from './cgroups.ts';
import { readJson, writeWhole } from './files.ts';
import { LabError } from './lab-error.ts';
import { cgroupOf, inLab, type LabNames } from './names.ts';
import { isAlive, killMarked, markOf, type ProcessMark } from './process-mark.ts';
import { waitFor } from './wait-for.ts';

/**
 * A long-running program of the lab: its log and its mark are files, so that any process can find
 * it.
 */
export type Program = {
  readonly name: string;
  /** The part of the lab whose cgroup it runs in. */
  readonly part: string;
  readonly argv: readonly string[];
};

/** Starts a program that outlives this process; its output is appended to `log/<name>.log`. */
export async function startProgram(names: LabNames, program: Program): Promise<ProcessMark> {
  mkdirSync(inLab(names, 'log'), { recursive: true });
  const log = openSync(inLab(names, 'log', `${program.name}.log`), 'a');
  const [command = '', ...rest] = inCgroup(cgroupOf(names, program.part), program.argv);
  const child = spawn(command, rest, { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  closeSync(log);
  child.on('error', () => {});
  child.unref();
  const mark = child.pid === undefined ? undefined : markOf(child.pid);
  if (mark === undefined) {
    throw new LabError('LAB_COMMAND_FAILED', `${program.name} did not start: ${command}`);
  }
  await writeMark(names, program.name, mark);
  return mark;
}

/** Remembers a process under a name. */
export async function writeMark(names: LabNames, name: string, mark: ProcessMark): Promise<void> {
  await writeWhole(markFile(names, name), JSON.stringify(mark));
}

/** The named process while it runs, otherwise undefined. */
export async function runningMark(names: LabNames, name: string): Promise<ProcessMark | undefined> {
  const mark = await readJson<ProcessMark>(markFile(names, name));
  return mark !== undefined && isAlive(mark) ? mark : undefined;
}

/** Kills the named process with SIGKILL and waits until it is gone. */
export async function killProgram(names: LabNames, name: string): Promise<void> {
  const mark = await runningMark(names, name);
  if (mark !== undefined) {
    killMarked(mark);
    await waitFor({ what: `${name} to end`, boundSeconds: 10, everyMs: 10 }, async () =>
      isAlive(mark) ? 'it still runs' : true,
    );
  }
  await rm(markFile(names, name), { force: true });
}

function markFile(names: LabNames, name: string): string {
  return inLab(names, 'marks', `${name}.json`);
}
