import { readdirSync, readFileSync } from 'node:fs';

/**
 * Seconds of CPU that processes and their threads have used, to the microsecond; the figures of
 * `stat` come in steps of 10 ms. On a kernel that keeps no account of interrupts of its own, what
 * the network stack does in a process's time counts as the process's. Threads that ended are not
 * in it: for programs that keep theirs.
 */
export function cpuSeconds(pids: readonly number[]): number {
  const nanoseconds = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    ),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
}

/** MiB that a process has resident. */
export type Resident = {
  readonly now: number;
  /** Without the pages of files, such as the program itself. */
  readonly anonymous: number;
  readonly peak: number;
};

export function residentMib(pid: number): Resident {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { now: mib('VmRSS'), anonymous: mib('RssAnon'), peak: mib('VmHWM') };
}

/** The words a process was started with. */
export function commandLine(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
}
