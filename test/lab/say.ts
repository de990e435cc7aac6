/** Receives one line of progress for people. */
export type Say = (line: string) => void;

/** Says it on stderr: stdout belongs to results. */
export function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
