#!/usr/bin/env node
import { basename } from 'node:path';
import { messageOf } from '../lib/message-of.ts';

/**
 * What runs in the cluster until a signal ends it; everything else is the command line. Each is
 * loaded only when it is asked for: a controller has no use for the memory of the others.
 */
const daemons: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  controller: async (args) => (await import('./start-controller.ts')).startController(args),
  agent: async (args) => (await import('./start-agent.ts')).startAgent(args),
};

/** kubectl asks an executable of this name what could complete a command line. */
const completer = 'kubectl_complete-fairlead';

const [, program = '', ...words] = process.argv;
const [name, ...args] = words;
const daemon = name === undefined ? undefined : daemons[name];
if (daemon === undefined) process.exitCode = await commandLine().catch(failed);
else daemon(args).catch((error: unknown) => process.exit(failed(error)));

async function commandLine(): Promise<number> {
  const { runCli } = await import('../cli/run.ts');
  const { processShell } = await import('./process-shell.ts');
  const isCompleter = basename(program).startsWith(completer);
  return runCli(isCompleter ? ['__complete', ...words] : words, processShell());
}

function failed(error: unknown): number {
  process.stderr.write(`fairlead ${name}: ${messageOf(error)}\n`);
  return 1;
}
