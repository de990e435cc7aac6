import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nodesMax } from './addresses.ts';
import { binaries } from './binaries.ts';
import { allowRealTime, favour, makeCgroup, refuseWithoutCgroupV1 } from './cgroups.ts';
import { type LabClient, labClient } from './client.ts';
import { collect } from './collect.ts';
import { type CommandOptions, outcomeOf, run } from './command.ts';
import { ControlPlane, controlPlaneBinaries } from './control-plane.ts';
import { cacheFolder, readJson, writeWhole } from './files.ts';
import { goldenStore } from './golden-store.ts';
import { imageArchives } from './images.ts';
import { LabError } from './lab-error.ts';
import { withLock } from './lock.ts';
import { cgroupOf, inLab, type LabNames, labNames } from './names.ts';
import { makeSwitch } from './network.ts';
import { LabNode, type NodeParts, nodeBinaries } from './node.ts';
import { detached, isOwned, thisProcess, writeOwner } from './owner.ts';
import { installPackages, refuseWithoutRoot } from './packages.ts';
import { makePki, writeKubeconfig } from './pki.ts';
import { killProgram } from './processes.ts';
import { pruneCache } from './prune-cache.ts';
import { removeLab, sweep } from './remove-lab.ts';
import { type Say, sayOnStderr } from './say.ts';
import { startRelay } from './start-relay.ts';
import { startWatcher } from './start-watcher.ts';
import { waitFor } from './wait-for.ts';

/** What `Lab.up` is told; three nodes and an id of its own unless said otherwise. */
export type LabOptions = {
  readonly nodes?: number;
  readonly id?: string;
  readonly say?: Say;
};

/** What a lab remembers on disk, so that another process can go on with it. */
type LabState = { readonly id: string; readonly port: number; readonly nodes: number };

const labBinaries = [...controlPlaneBinaries, ...nodeBinaries, 'kubectl'] as const;

/** A running cluster on this machine. */
export class Lab {
  readonly names: LabNames;
  readonly controlPlane: ControlPlane;
  /** For kubectl and every other client on the machine itself: a relay on 127.0.0.1. */
  readonly kubeconfig: string;
  readonly #parts: NodeParts;
  readonly #kubectl: string;
  readonly #nodes: LabNode[];
  readonly #port: number;

  private constructor(made: Made, state: LabState) {
    this.names = made.parts.names;
    this.controlPlane = made.controlPlane;
    this.kubeconfig = kubeconfigFile(this.names);
    this.#parts = made.parts;
    this.#kubectl = made.kubectl;
    this.#port = state.port;
    this.#nodes = Array.from({ length: state.nodes }, (_, at) => new LabNode(made.parts, at + 1));
  }

  /**
   * Brings up a cluster whose nodes are Ready, building what is missing. It is removed by `down`,
   * or when this process ends in whatever way; `detach` leaves it running.
   */
  static async up(options: LabOptions = {}): Promise<Lab> {
    const { nodes = 3, id = `p${process.pid}`, say = sayOnStderr } = options;
    const names = labNames(id);
    refuseNodes(nodes);
    await prepareMachine(say);
    // One lock for all labs: a lab that is being claimed has no owner yet, and would be swept.
    await withLock(join(cacheFolder(), 'labs.lock'), say, async () => {
      await sweep(say);
      await claim(names);
    });
    try {
      const lab = await Lab.#build(names, nodes, say);
      say(`lab ${id} is up: ${counted(nodes)}`);
      return lab;
    } catch (cause) {
      await giveUp(names, say);
      throw cause;
    }
  }

  /** A lab that another process brought up; throws LAB_NOT_FOUND. */
  static async attach(id: string): Promise<Lab> {
    const names = labNames(id);
    const state = await readJson<LabState & { store: string }>(inLab(names, 'lab.json'));
    if (state === undefined) {
      throw new LabError(
        'LAB_NOT_FOUND',
        `there is no lab "${id}": \`npm run lab -- up --id ${id}\``,
      );
    }
    return new Lab(await made(names, state.store, sayOnStderr), state);
  }

  static async #build(names: LabNames, nodes: number, say: Say): Promise<Lab> {
    const found = await binaries(labBinaries, say);
    const archives = await imageArchives(say);
    const store = await goldenStore(archives, found, say);
    await pruneCache(say);
    const lab = await made(names, store, say);
    say('starting the control plane');
    await Promise.all([makePki(inLab(names, 'pki')), makeSwitch(names)]);
    makeCgroup(cgroupOf(names, 'control-plane'));
    await mkdir(inLab(names, 'log'), { recursive: true });
    const [port] = await Promise.all([startRelay(names), lab.controlPlane.start()]);
    await writeKubeconfig(inLab(names, 'pki'), {
      name: 'admin',
      server: `https://127.0.0.1:${port}`,
      as: 'outside',
    });
    const state = { id: names.id, port, nodes: 0, store };
    const result = new Lab(lab, state);
    say(`starting ${counted(nodes)}`);
    const all = Array.from({ length: nodes }, () => result.#newNode());
    await Promise.all(all.map((node) => node.start()));
    await result.#remember();
    await result.waitUntilReady(all.map((node) => node.name));
    await result.#waitForDefaults();
    return result;
  }

  get id(): string {
    return this.names.id;
  }

  /** Every node, also those that are off. */
  get nodes(): readonly LabNode[] {
    return this.#nodes;
  }

  /** The node of that name; throws LAB_NODE_UNKNOWN. */
  node(name: string): LabNode {
    const node = this.#nodes.find((each) => each.name === name);
    if (node !== undefined) return node;
    const known = this.#nodes.map((each) => each.name).join(', ');
    throw new LabError('LAB_NODE_UNKNOWN', `lab ${this.id} has no node "${name}": it has ${known}`);
  }

  /** Adds the next node and waits until it is Ready. */
  async addNode(): Promise<LabNode> {
    refuseNodes(this.#nodes.length + 1);
    const node = this.#newNode();
    await node.start();
    await this.#remember();
    await this.waitUntilReady([node.name]);
    return node;
  }

  /** A power cut: all nodes at once. */
  async killAllNodes(): Promise<void> {
    const on = await Promise.all(this.#nodes.map((node) => node.exists()));
    await Promise.all(this.#nodes.filter((_, at) => on[at]).map((node) => node.kill()));
  }

  /** A machine outside the cluster, made the first time it is asked for. */
  async client(name: string): Promise<LabClient> {
    return await labClient(this.names, name);
  }

  /** Runs kubectl as cluster-admin and answers its stdout. */
  async kubectl(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    return await run(this.kubectlCommand(argv), options);
  }

  /** The command line that `kubectl` runs. */
  kubectlCommand(argv: readonly string[]): string[] {
    return [this.#kubectl, `--kubeconfig=${this.kubeconfig}`, ...argv];
  }

  /** Waits until nodes are Ready, all of them unless told otherwise. */
  async waitUntilReady(names = this.#nodes.map((node) => node.name)): Promise<void> {
    await this.#waitForReadiness(names, { status: 'True', boundSeconds: 120 });
  }

  /** Waits until Kubernetes itself has noticed that nodes are gone. */
  async waitUntilNotReady(names: readonly string[]): Promise<void> {
    await this.#waitForReadiness(names, { status: 'Unknown', boundSeconds: 30 });
  }

  /** Makes an image known to the nodes that are on. */
  async importImage(archive: string): Promise<void> {
    for (const node of this.#nodes) {
      if (!(await node.exists())) continue;
      await node.exec(['ctr', '-n', 'k8s.io', 'images', 'import', '--local', archive]);
    }
  }

  /** The folder with the logs of the control plane and of the nodes' programs. */
  get logs(): string {
    return inLab(this.names, 'log');
  }

  /** Writes everything that helps to understand a failure into a folder. Never throws. */
  async collect(folder: string): Promise<void> {
    await collect(this, folder);
  }

  /** Lets the lab outlive this process. */
  async detach(): Promise<void> {
    await writeOwner(this.names, detached());
    await killProgram(this.names, 'watcher');
  }

  /** Removes the lab and everything of it. */
  async down(): Promise<void> {
    await removeLab(this.names);
  }

  #newNode(): LabNode {
    const node = new LabNode(this.#parts, this.#nodes.length + 1);
    this.#nodes.push(node);
    return node;
  }

  async #remember(): Promise<void> {
    const state: LabState = { id: this.id, port: this.#port, nodes: this.#nodes.length };
    const text = JSON.stringify({ ...state, store: this.#parts.store });
    await writeWhole(inLab(this.names, 'lab.json'), text);
  }

  async #waitForReadiness(names: readonly string[], wanted: Readiness): Promise<void> {
    const what = `nodes ${names.join(', ')} to have Ready=${wanted.status}`;
    await waitFor({ what, boundSeconds: wanted.boundSeconds, everyMs: 200 }, async () => {
      const { stdout, stderr } = await outcomeOf(this.kubectlCommand(readinessQuery));
      const lines = new Set(stdout.split('\n'));
      const done = names.every((name) => lines.has(`${name}=${wanted.status}`));
      return done || `${stdout.trim().replaceAll('\n', ' ')} ${stderr.trim()}`;
    });
  }

  /** Pods are refused before the controller-manager has made their namespace's ServiceAccount. */
  async #waitForDefaults(): Promise<void> {
    const wanted = { what: 'ServiceAccount default/default', boundSeconds: 30 };
    await waitFor(wanted, async () => {
      await this.kubectl(['get', 'serviceaccount', 'default', '-n', 'default']);
      return true;
    });
  }
}

type Readiness = { readonly status: 'True' | 'Unknown'; readonly boundSeconds: number };

type Made = {
  readonly parts: NodeParts;
  readonly controlPlane: ControlPlane;
  readonly kubectl: string;
};

const readinessQuery = [
  'get',
  'nodes',
  '--request-timeout=5s',
  '-o',
  'jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}',
];

async function made(names: LabNames, store: string, say: Say): Promise<Made> {
  const found = await binaries(labBinaries, say);
  const parts: NodeParts = { names, binaries: found, store };
  return { parts, controlPlane: new ControlPlane(names, found), kubectl: found.kubectl };
}

async function prepareMachine(say: Say): Promise<void> {
  refuseWithoutRoot();
  refuseWithoutCgroupV1();
  await installPackages(say);
}

/** Takes the id for this process; from here on a watcher removes the lab if the process dies. */
async function claim(names: LabNames): Promise<void> {
  if (await isOwned(names)) {
    const remedy = `\`npm run lab -- down --id ${names.id}\`, or use another --id`;
    const text = `lab "${names.id}" exists: ${remedy}`;
    throw new LabError('LAB_EXISTS', text);
  }
  await mkdir(names.folder, { recursive: true });
  await writeOwner(names, thisProcess());
  await startWatcher(names);
  makeCgroup(names.cgroup);
  favour(names.cgroup);
  allowRealTime(names.cgroup, 'lab');
}

function refuseNodes(count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= nodesMax) return;
  throw new LabError('LAB_TOO_MANY', `a lab has 1 to ${nodesMax} nodes, not ${count}`);
}

function counted(nodes: number): string {
  return nodes === 1 ? 'one node' : `${nodes} nodes`;
}

function kubeconfigFile(names: LabNames): string {
  return inLab(names, 'pki', 'outside.conf');
}

/** Removes a lab that did not come up; its logs stay in the cache, one set per id. */
async function giveUp(names: LabNames, say: Say): Promise<void> {
  const kept = join(cacheFolder(), 'failed', names.id);
  await rm(kept, { recursive: true, force: true });
  await cp(inLab(names, 'log'), kept, { recursive: true }).catch(() => {});
  say(`lab ${names.id} did not come up and is removed; its logs: ${kept}`);
  await removeLab(names);
}
