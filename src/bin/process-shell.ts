import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Shell } from '../cli/shell.ts';

/** The command line's surroundings, taken from this process. */
export function processShell(): Shell {
  const { NO_COLOR, TERM } = process.env;
  // Whoever reads only the first lines (`| head`) closes the pipe: that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  return {
    out: (chunk) => void process.stdout.write(chunk),
    err: (chunk) => void process.stderr.write(chunk),
    readStdin: () => text(process.stdin),
    readFile: (path) => readFile(path, 'utf8'),
    // https://no-color.org: set and not empty.
    hasColour: process.stdout.isTTY === true && !NO_COLOR && TERM !== 'dumb',
    // The bundle has the version of package.json in its place.
    version: process.env.FAIRLEAD_VERSION ?? 'dev',
  };
}
