import { readFileSync } from 'node:fs';

/**
 * Names a process for good: a pid alone is used again by another one, a boot makes all of them
 * void.
 */
export type ProcessMark = {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
};

/** The mark of a running process; undefined when there is none with this pid. */
export function markOf(pid: number): ProcessMark | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime, bootId: bootId() };
}

/** Whether the marked process still runs (a zombie does not). */
export function isAlive(mark: ProcessMark): boolean {
  return mark.bootId === bootId() && startTimeOf(mark.pid) === mark.startTime;
}

/** Sends SIGKILL to the marked process and to no other. */
export function killMarked(mark: ProcessMark): void {
  if (!isAlive(mark)) return;
  try {
    process.kill(mark.pid, 'SIGKILL');
  } catch {
    // It ended between the look and the signal.
  }
}

/** This boot of the machine. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function startTimeOf(pid: number): string | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  // proc(5): the name in parentheses may hold anything, so the fields are counted from its end.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === undefined || state === '' || state === 'Z' ? undefined : fields[19];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
