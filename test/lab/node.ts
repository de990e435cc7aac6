import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nodeMachine, nodeName } from './addresses.ts';
import type { Binaries } from './binaries.ts';
import { allowRealTime, makeCgroup, removeCgroup, setFrozen } from './cgroups.ts';
import { type CommandOptions, run } from './command.ts';
import { writeWhole } from './files.ts';
import { copyStore } from './golden-store.ts';
import { LabError } from './lab-error.ts';
import { cgroupOf, inLab, type LabNames, namespaceOf } from './names.ts';
import { inNamespace, namespaces, plugIn, replug, unmake, unplug } from './network.ts';
import { nodeFiles } from './node-files.ts';
import type { PartName } from './parts.ts';
import { isAlive, killMarked, markOf } from './process-mark.ts';
import { killProgram, runningMark, startProgram, writeMark } from './processes.ts';
import { waitFor } from './wait-for.ts';

/** The binaries a node needs. */
export const nodeBinaries = [
  'kubelet',
  'kube-proxy',
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
] as const satisfies readonly PartName[];

/** What every node of a lab is made from. */
export type NodeParts = {
  readonly names: LabNames;
  readonly binaries: Binaries<(typeof nodeBinaries)[number]>;
  /** The image store shared by all nodes. */
  readonly store: string;
};

/**
 * One machine of the cluster: a set of namespaces with its own kubelet, containerd, kube-proxy and
 * disk.
 */
export class LabNode {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly index: number;
  readonly #parts: NodeParts;

  constructor(parts: NodeParts, index: number) {
    this.#parts = parts;
    this.index = index;
    this.name = nodeName(index);
    const machine = nodeMachine(index);
    this.ipv4 = machine.ipv4;
    this.ipv6 = machine.ipv6;
  }

  /**
   * Plugs the machine in and switches it on; its disk is made the first time and kept afterwards.
   */
  async start(): Promise<void> {
    const { names } = this.#parts;
    if (await this.exists()) {
      throw new LabError('LAB_NODE_STATE', `node ${this.name} is on: kill it before it can return`);
    }
    await this.#writeDisk();
    await removeCgroup(this.#cgroup);
    makeCgroup(this.#cgroup);
    allowRealTime(this.#cgroup, 'node');
    const machine = { ipv4: this.ipv4, ipv6: this.ipv6 };
    await plugIn(names, { ...this.#plug, machine, node: this.index });
    await this.#switchOn();
  }

  /** The same machine again after `kill`: same disk, empty /run. */
  async return(): Promise<void> {
    await this.start();
  }

  /**
   * Loss of power: first silence on the wire with the carrier still up, then every process at once.
   */
  async kill(): Promise<void> {
    const { names } = this.#parts;
    await this.#refuseWhenOff();
    await unplug(names, this.#plug.port);
    const init = await runningMark(names, this.#initName);
    if (init !== undefined) killMarked(init);
    // An address left in a living namespace would still answer ARP (cluster-lab.md §9).
    await unmake(names, this.#plug);
    await removeCgroup(this.#cgroup);
    await killProgram(names, this.name);
    if (init !== undefined) await gone(init, this.name);
  }

  /** Takes the cable out at the switch: the node keeps its carrier and is not told. */
  async unplug(): Promise<void> {
    await this.#refuseWhenOff();
    await unplug(this.#parts.names, this.#plug.port);
  }

  async replug(): Promise<void> {
    await this.#refuseWhenOff();
    await replug(this.#parts.names, this.#plug.port);
  }

  /**
   * Stops every process of the node in mid-air; its kernel goes on answering ARP, as a hung
   * machine's may.
   */
  async freeze(): Promise<void> {
    await this.#refuseWhenOff();
    await setFrozen(this.#cgroup, true);
  }

  async thaw(): Promise<void> {
    await this.#refuseWhenOff();
    await setFrozen(this.#cgroup, false);
  }

  /** Runs a command of the machine inside all of the node's namespaces. */
  async exec(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    return await run(await this.command(argv), options);
  }

  /** The command line that `exec` runs. */
  async command(argv: readonly string[]): Promise<string[]> {
    const init = await runningMark(this.#parts.names, this.#initName);
    if (init === undefined) throw new LabError('LAB_NODE_STATE', `node ${this.name} is off`);
    const { binaries } = this.#parts;
    const path = `${dirname(binaries.ctr)}:/usr/sbin:/usr/bin:/sbin:/bin`;
    return ['nsenter', '--all', `--target=${init.pid}`, 'env', `PATH=${path}`, ...argv];
  }

  /** Whether the machine is there: on, frozen or unplugged, but not killed. */
  async exists(): Promise<boolean> {
    return (await namespaces()).includes(this.#plug.namespace);
  }

  get folder(): string {
    return inLab(this.#parts.names, 'nodes', this.name);
  }

  get #cgroup(): string {
    return cgroupOf(this.#parts.names, this.name);
  }

  get #initName(): string {
    return `${this.name}-init`;
  }

  get #plug(): { readonly namespace: string; readonly port: string } {
    return { namespace: namespaceOf(this.#parts.names, this.name), port: this.name };
  }

  async #refuseWhenOff(): Promise<void> {
    if (await this.exists()) return;
    throw new LabError('LAB_NODE_STATE', `node ${this.name} is off: \`return\` switches it on`);
  }

  async #writeDisk(): Promise<void> {
    const files = Object.entries(nodeFiles(this.#parts.names, this.index));
    for (const [path, text] of files) await writeWhole(`${this.folder}/${path}`, text);
    await copyStore(this.#parts.store, `${this.folder}/containerd`);
  }

  async #switchOn(): Promise<void> {
    const { names, binaries } = this.#parts;
    const environment = {
      NODE: this.name,
      NODE_FOLDER: this.folder,
      NODE_IP: `${this.ipv4},${this.ipv6}`,
      LOG: inLab(names, 'log', this.name),
      KUBECONFIG: inLab(names, 'pki', `${this.name}.conf`),
      KUBELET: binaries.kubelet,
      KUBE_PROXY: binaries['kube-proxy'],
      CONTAINERD: binaries.containerd,
      CTR: binaries.ctr,
    };
    const assignments = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
    const argv = inNamespace(this.#plug.namespace, [
      ...['unshare', '--mount', '--propagation', 'private', '--uts', '--ipc', '--cgroup'],
      ...['--pid', '--fork', '--mount-proc', '--kill-child', 'env', ...assignments],
      `${import.meta.dirname}/node-init.sh`,
    ]);
    const outer = await startProgram(names, { name: this.name, part: this.name, argv });
    await this.#rememberInit(outer.pid);
  }

  /** Pid 1 of the node is the one child of `unshare`. */
  async #rememberInit(outer: number): Promise<void> {
    const wanted = { what: `pid 1 of node ${this.name}`, boundSeconds: 10, everyMs: 10 };
    await waitFor(wanted, async () => {
      const children = await readFile(`/proc/${outer}/task/${outer}/children`, 'utf8');
      const init = markOf(Number(children.trim().split(' ')[0]));
      if (init === undefined) return `children of ${outer}: "${children.trim()}"`;
      await writeMark(this.#parts.names, this.#initName, init);
      return true;
    });
  }
}

async function gone(init: Parameters<typeof isAlive>[0], name: string): Promise<void> {
  const wanted = { what: `pid 1 of node ${name} to end`, boundSeconds: 20, everyMs: 10 };
  await waitFor(wanted, async () => (isAlive(init) ? 'it still runs' : true));
}
