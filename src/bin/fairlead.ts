#!/usr/bin/env node

const usage = `usage: fairlead controller|agent [flags]

  controller   decides addresses, writes status, runs the pools' DaemonSets
  agent        programs HAProxy and Keepalived of one node
  version      prints the version

fairlead COMMAND --help lists a command's flags`;

const commands: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  controller: async (args) => (await import('./start-controller.ts')).startController(args),
  agent: async (args) => (await import('./start-agent.ts')).startAgent(args),
  version: async () => void process.stdout.write(`${process.env['FAIRLEAD_VERSION'] ?? 'dev'}\n`),
};

const [name, ...args] = process.argv.slice(2);
const command = commands[name ?? ''];
if (command === undefined) {
  process.stderr.write(`${usage}\n`);
  process.exit(name === '--help' ? 0 : 2);
}
command(args).catch((error: unknown) => {
  process.stderr.write(
    `fairlead ${name}: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
});
