import { KubeError } from '../kube/kube-error.ts';
import { printable } from '../lib/printable.ts';
import type { CliExit, CliVerbName } from '../tables/cli-verbs.ts';
import { type Arguments, isVerb, parseArguments } from './arguments.ts';
import { CliError } from './cli-error.ts';
import { type Cluster, clusterError, openCluster } from './cluster.ts';
import { complete } from './complete.ts';
import { completion } from './completion.ts';
import { explain } from './explain.ts';
import { grantTls } from './grant-tls.ts';
import { help, overview, verbHelp } from './help.ts';
import { plan } from './plan.ts';
import { reassign } from './reassign.ts';
import { release } from './release.ts';
import { reserve } from './reserve.ts';
import type { Shell } from './shell.ts';
import { status } from './status.ts';
import { top } from './top.ts';
import { uninstall } from './uninstall.ts';

/** What a verb is run with. */
export type Run = {
  readonly given: Arguments;
  readonly shell: Shell;
  readonly cluster: Cluster;
};

/** Verbs that need no cluster. */
const local: Partial<Record<CliVerbName, (given: Arguments, shell: Shell) => CliExit>> = {
  completion,
  help,
  'grant-tls': grantTls,
  version: (_given, shell) => {
    shell.out(`${shell.version}\n`);
    return 0;
  },
};

const remote: Partial<Record<CliVerbName, (run: Run) => Promise<CliExit>>> = {
  status,
  explain,
  plan,
  top,
  reassign,
  reserve,
  release,
  uninstall,
};

/** Runs one command line, words behind the program's name; answers its exit status. */
export async function runCli(words: readonly string[], shell: Shell): Promise<CliExit> {
  const [name, ...rest] = words;
  if (name === '__complete') return complete(rest, shell);
  if (name === undefined || name === '--help' || name === '-h') {
    shell.out(overview());
    return name === undefined ? 2 : 0;
  }
  try {
    if (!isVerb(name)) throw new CliError(2, `there is no verb "${name}"; see fairlead help`);
    return await runVerb(parseArguments(name, rest), shell);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    shell.err(`fairlead: ${printable(error.message, Infinity)}\n`);
    return error.exit;
  }
}

async function runVerb(given: Arguments, shell: Shell): Promise<CliExit> {
  if (given.isSet('help')) {
    shell.out(verbHelp(given.verb));
    return 0;
  }
  const here = local[given.verb];
  if (here !== undefined) return here(given, shell);
  const there = remote[given.verb];
  if (there === undefined) throw new CliError(2, `${given.verb} is not implemented`);
  const cluster = openCluster(given);
  try {
    return await there({ given, shell, cluster });
  } catch (error) {
    throw error instanceof KubeError ? clusterError(error) : error;
  } finally {
    cluster.client.close();
  }
}
