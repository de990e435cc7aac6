import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Manifest, readManifests } from '../../test/api/manifests.ts';
import { killDaemon, startDaemon } from '../../test/api/process-tree.ts';
import type { ApiServer } from '../../test/api/server.ts';
import { waitUntil } from '../../test/api/wait-until.ts';
import type { Rig, RigNode } from '../../test/dataplane/rig.ts';
import { projectFolder } from '../../test/lab/files.ts';
import { bundle, bundleFiles, placeNode } from '../../tools/bundle.ts';
import { type Stop, startContainer } from '../rig/container.ts';
import { commandLine } from '../rig/process-costs.ts';

/** A running agent: the shipped bundle, with the DaemonSet's flags. */
export type NodeAgent = { readonly pid: number; readonly logFile: string; readonly stop: Stop };

/**
 * Starts the agent of a node of the rig as its pod does: the image's file system, the pod's
 * capability, the node's network. `folder` takes what it needs beside.
 */
export async function startNodeAgent(
  rig: Rig,
  node: RigNode,
  of: { readonly api: ApiServer; readonly folder: string },
): Promise<NodeAgent> {
  await bundle();
  await placeNode();
  const relay = reachApi(rig, node, of);
  const logFile = join(of.folder, 'agent.log');
  const program = [bundleFiles.node, bundleFiles.bundle].map(inContainer);
  const stopAgent = startContainer(node, {
    ...{ layer: accountLayer(of), capabilities: '-all,+net_admin', logFile },
    words: ['env', '-i', ...environment(of.api), ...program, ...words(node)],
  });
  const stop = async () => void (await Promise.all([stopAgent(), killDaemon(relay)]));
  try {
    await waitUntil('the agent has started', () => pidOf(node) !== undefined);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: pidOf(node) ?? 0, logFile, stop };
}

/** container.sh shows the checkout there. */
function inContainer(path: string): string {
  return join('/checkout', relative(projectFolder, path));
}

function environment({ port }: ApiServer): string[] {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const server = [`KUBERNETES_SERVICE_HOST=127.0.0.1`, `KUBERNETES_SERVICE_PORT=${port}`];
  return [`PATH=${path}`, ...server, ...agentContainer().env];
}

function words(node: RigNode): string[] {
  return agentContainer().args.map((word) => word.replace('$(NODE_NAME)', node.name));
}

type PodContainer = {
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
};

/** Flags and environment as deploy/install.yaml gives them. */
function agentContainer(): { readonly args: readonly string[]; readonly env: readonly string[] } {
  const isAgent = ({ kind }: Manifest) => kind === 'DaemonSet';
  const spec = readManifests('deploy/install.yaml').find(isAgent)?.['spec'] as
    | { template: { spec: { containers: readonly PodContainer[] } } }
    | undefined;
  const [container] = spec?.template.spec.containers ?? [];
  if (container === undefined) throw new Error('deploy/install.yaml has no agent');
  const given = (container.env ?? []).flatMap(({ name, value }) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  return { args: container.args, env: given };
}

/** The API server is in the machine's own network; a socket file leads there from the node's. */
function reachApi(
  rig: Rig,
  node: RigNode,
  { api, folder }: { readonly api: ApiServer; readonly folder: string },
): ChildProcess {
  const socket = join(folder, 'api.sock');
  const outside = ['socat', `UNIX-LISTEN:${socket},fork,mode=600`, `TCP:127.0.0.1:${api.port}`];
  const relay = startDaemon(outside, join(folder, 'socat.log'));
  const inside = `TCP-LISTEN:${api.port},bind=127.0.0.1,fork,reuseaddr`;
  rig.start(node.namespace, 'socat', inside, `UNIX-CONNECT:${socket}`);
  return relay;
}

/**
 * A layer over the image with a ServiceAccount where the kubelet mounts it. An administrator's
 * token: what the agent may do is no matter here.
 */
function accountLayer({ api, folder }: { readonly api: ApiServer; readonly folder: string }) {
  const layer = join(folder, 'account');
  const account = join(layer, 'run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(account, { recursive: true });
  writeFileSync(join(account, 'token'), api.token(), { mode: 0o600 });
  writeFileSync(join(account, 'ca.crt'), api.ca);
  return layer;
}

function pidOf({ namespace }: RigNode): number | undefined {
  const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).trim();
  const isAgent = (pid: number) => {
    const [program = '', script = ''] = commandLineIfThere(pid);
    return program === inContainer(bundleFiles.node) && script === inContainer(bundleFiles.bundle);
  };
  return pids.split('\n').map(Number).find(isAgent);
}

function commandLineIfThere(pid: number): readonly string[] {
  try {
    return commandLine(pid);
  } catch {
    return [];
  }
}

/**
 * Seconds of CPU an agent has used with the commands it ran (ip, nft): proc(5), fields 14 to 17,
 * in ticks of 10 ms.
 */
export function agentCpuSeconds({ pid }: NodeAgent): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}
