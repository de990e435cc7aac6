/** `npm run lab -- VERB …`: a real cluster on this machine, by hand. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Lab } from '../lab.ts';
import { LabError } from '../lab-error.ts';
import { labNames } from '../names.ts';
import { isOwned, knownLabs } from '../owner.ts';
import { removeLab } from '../remove-lab.ts';
import { sayOnStderr } from '../say.ts';

const usage = `usage: npm run lab -- VERB [--id ID]
  up [--nodes N]                 brings up a cluster (1-5 nodes, 3 by default) that stays until down
  down                           removes it and everything of it
  list                           the labs on this machine
  kubectl ARG...                 kubectl as cluster-admin
  kubeconfig                     prints the kubeconfig's path, for a kubectl of your own
  node kill|unplug|replug|freeze|thaw|return NODE
  node add                       adds the next node
  control-plane stop|start [etcd|apiserver|kcm|scheduler ...]
  exec NODE -- COMMAND...        runs a command inside a node's namespaces
  client [--name NAME] -- COMMAND...  runs a command on a machine outside the cluster
  logs                           prints the folder of the logs
  collect FOLDER                 writes logs, rulesets, addresses, objects and pod logs there
The id is "dev" unless told otherwise.`;

type Call = {
  readonly id: string;
  readonly name: string;
  readonly nodes: number;
  /** The words after the verb. */
  readonly words: readonly string[];
};

type Verb = (call: Call) => Promise<void>;

const verbs: Readonly<Record<string, Verb>> = {
  up,
  down: async ({ id }) => await removeLab(labNames(id)),
  list,
  kubectl: async ({ id, words }) => become((await Lab.attach(id)).kubectlCommand(words)),
  kubeconfig: async ({ id }) => console.log((await Lab.attach(id)).kubeconfig),
  node,
  'control-plane': controlPlane,
  exec: async ({ id, words: [name = '', ...command] }) =>
    become(await (await Lab.attach(id)).node(name).command(command)),
  client: async ({ id, name, words }) =>
    become((await (await Lab.attach(id)).client(name)).command(words)),
  logs: async ({ id }) => console.log((await Lab.attach(id)).logs),
  collect: async ({ id, words: [folder = 'lab-collected'] }) => {
    await (await Lab.attach(id)).collect(folder);
    console.log(folder);
  },
};

async function up({ id, nodes }: Call): Promise<void> {
  const lab = await Lab.up({ id, nodes, say: sayOnStderr });
  await lab.detach();
  console.log(`kubeconfig: ${lab.kubeconfig}`);
}

async function list(): Promise<void> {
  for (const names of await knownLabs()) {
    console.log(
      `${names.id}  ${names.folder}  ${(await isOwned(names)) ? 'owned' : 'left behind'}`,
    );
  }
}

async function node({ id, words: [verb = '', name = ''] }: Call): Promise<void> {
  const lab = await Lab.attach(id);
  switch (verb) {
    case 'add':
      console.log((await lab.addNode()).name);
      return;
    case 'kill':
    case 'unplug':
    case 'replug':
    case 'freeze':
    case 'thaw':
    case 'return':
      await lab.node(name)[verb]();
      return;
    default:
      throw new LabError('LAB_USAGE', `"node ${verb}" is no verb of the lab\n${usage}`);
  }
}

async function controlPlane({ id, words: [verb = '', ...words] }: Call): Promise<void> {
  const lab = await Lab.attach(id);
  const known = ['etcd', 'apiserver', 'kcm', 'scheduler'] as const;
  const parts = known.filter((part) => words.length === 0 || words.includes(part));
  if (verb !== 'stop' && verb !== 'start') {
    throw new LabError('LAB_USAGE', `"control-plane ${verb}" is no verb of the lab\n${usage}`);
  }
  await lab.controlPlane[verb](parts);
}

/** Runs a command with this terminal and ends as it ended. */
async function become(argv: readonly string[]): Promise<void> {
  const [command = '', ...rest] = argv;
  const child = spawn(command, rest, { stdio: 'inherit' });
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 128));
  });
  process.exitCode = status;
}

/**
 * Options of ours stand before the words: everything from the first word on belongs to the command.
 */
function parse(argv: readonly string[]): { readonly verb: string; readonly call: Call } {
  const [verb = 'help', ...rest] = argv;
  const options = {
    id: { type: 'string' },
    nodes: { type: 'string' },
    name: { type: 'string' },
  } as const;
  const end = endOfOptions(rest);
  const { values, positionals } = parseArgs({
    args: rest.slice(0, end),
    options,
    allowPositionals: true,
  });
  const words = [...positionals, ...rest.slice(end)].filter(
    (word, at, all) => word !== '--' || all.indexOf('--') !== at,
  );
  const { id = 'dev', name = 'client', nodes = '3' } = values;
  return { verb, call: { id, name, nodes: Number(nodes), words } };
}

function endOfOptions(words: readonly string[]): number {
  const ours = ['--id', '--nodes', '--name'];
  let at = 0;
  while (ours.includes(words[at]?.split('=')[0] ?? '')) at += words[at]?.includes('=') ? 1 : 2;
  return at;
}

async function main(argv: readonly string[]): Promise<void> {
  const { verb, call } = parse(argv);
  const chosen = verbs[verb];
  if (chosen === undefined) {
    console.error(usage);
    process.exitCode = verb === 'help' ? 0 : 2;
    return;
  }
  await chosen(call);
}

main(process.argv.slice(2)).catch((cause: unknown) => {
  console.error(cause instanceof LabError ? `${cause.code}: ${cause.message}` : cause);
  process.exitCode = 1;
});
