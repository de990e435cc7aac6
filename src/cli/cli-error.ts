import type { CliExit } from '../tables/cli-verbs.ts';

/** Ends a command with a sentence on stderr and an exit status. */
export class CliError extends Error {
  readonly exit: CliExit;

  constructor(exit: CliExit, message: string) {
    super(message);
    this.name = 'CliError';
    this.exit = exit;
  }
}
