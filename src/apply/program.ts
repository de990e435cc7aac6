import { execFile } from 'node:child_process';

/** Checks of the largest configuration measured take 0.3 s; one that takes this long hangs. */
const programMillisecondsMax = 15_000;
const programBytesMax = 16 * 1024 * 1024;

/** How a program ended; `status` is -1 when it did not start or was ended by us. */
export type Ended = { readonly status: number; readonly stdout: string; readonly stderr: string };

/** What it is given to read, and how many milliseconds it may take. */
export type RunOptions = { readonly input?: string; readonly timeout?: number };

/**
 * Runs a program to its end, bounded in time and output; never throws for what the program does.
 */
export function run(
  program: string,
  args: readonly string[],
  { input = '', timeout = programMillisecondsMax }: RunOptions = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { timeout, maxBuffer: programBytesMax };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({
        status,
        stdout,
        stderr: status === -1 ? `${stderr}${error?.message ?? ''}` : stderr,
      });
    });
    // A program that ends early closes its input; its status says the rest.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
