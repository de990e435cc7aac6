import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outcomeOf } from './command.ts';
import type { Lab } from './lab.ts';
import { messageOf } from './lab-error.ts';
import type { LabNode } from './node.ts';

/**
 * Writes logs, rulesets, addresses, objects and pods' logs into `folder`. What cannot be had
 * becomes a file that says why.
 */
export async function collect(lab: Lab, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await copy(lab.logs, join(folder, 'log'));
  await Promise.all([
    ...objects.map((each) => dump(join(folder, each.file), lab.kubectlCommand(each.argv))),
    ...lab.nodes.map((node) => collectNode(node, join(folder, node.name))),
  ]);
}

const objects = [
  { file: 'all.txt', argv: ['get', 'all,endpointslices,leases', '-A', '-o', 'wide'] },
  { file: 'nodes.yaml', argv: ['get', 'nodes', '-o', 'yaml'] },
  { file: 'services.yaml', argv: ['get', 'services,endpointslices', '-A', '-o', 'yaml'] },
  { file: 'pods.txt', argv: ['describe', 'pods', '-A'] },
  { file: 'events.txt', argv: ['get', 'events', '-A', '--sort-by=.lastTimestamp'] },
  {
    file: 'fairlead.yaml',
    argv: ['get', 'vippools,vips,vrrpinstances,vipnodes', '-A', '-o', 'yaml'],
  },
].map(({ file, argv }) => ({ file, argv: ['--request-timeout=10s', ...argv] }));

const nodeCommands: Readonly<Record<string, readonly string[]>> = {
  'addresses.txt': ['ip', '-details', 'address'],
  'routes.txt': ['sh', '-c', 'ip route; ip -6 route; ip neigh'],
  'nft.txt': ['nft', 'list', 'ruleset'],
  'sockets.txt': ['ss', '-tuanp'],
  'processes.txt': ['ps', 'axfo', 'pid,etime,rss,args'],
  'run.txt': ['find', '/run/fairlead', '/var/lib/fairlead', '-ls'],
};

async function collectNode(node: LabNode, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await copy(join(node.folder, 'pods'), join(folder, 'pods'));
  await copy(join(node.folder, 'fairlead'), join(folder, 'fairlead'));
  for (const [file, argv] of Object.entries(nodeCommands)) {
    const command = await node.command(argv).catch(messageOf);
    if (typeof command === 'string') await writeFile(join(folder, file), `${command}\n`);
    else await dump(join(folder, file), command);
  }
}

async function dump(file: string, argv: readonly string[]): Promise<void> {
  const text = await outcomeOf(argv, { timeoutSeconds: 20 }).then(
    ({ stdout, stderr }) => stdout + stderr,
    messageOf,
  );
  await writeFile(file, text);
}

async function copy(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true }).catch((cause) =>
    writeFile(`${to}.txt`, messageOf(cause)),
  );
}
