import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Agent, startAgent } from './agent-process.ts';
import { removeLeftovers, rigPrefix } from './leftovers.ts';

/**
 * The root of an unpacked image with the daemons under test; without it these tests are skipped.
 */
export const imageRoot = process.env['FAIRLEAD_IMAGE_ROOT'] ?? '';

/** Why the data-plane tests cannot run here; undefined when they can. */
export function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root for network namespaces';
  if (!existsSync(join(imageRoot, 'usr/sbin/keepalived')) || imageRoot === '') {
    return 'FAIRLEAD_IMAGE_ROOT names no unpacked image';
  }
  return undefined;
}

const checkout = resolve(import.meta.dirname, '../..');
const capabilities = {
  haproxy: '-all,+net_bind_service',
  keepalived: '-all,+net_admin,+net_raw,+setuid,+setgid,+sys_nice',
  agent: '-all,+net_admin,+net_raw,+net_bind_service',
};

/** A node of the rig: a network namespace and the directories its containers share. */
export type RigNode = {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly directory: string;
};

/** How a command of the image ended. */
export type Ended = { readonly status: number; readonly output: string };

/** What a probe saw. */
export type Probed = {
  readonly ok: number;
  readonly failed: number;
  readonly longestGapMs: number;
  readonly answers: Readonly<Record<string, number>>;
  /** How many failed, by what. */
  readonly failures: Readonly<Record<string, number>>;
};

export type Probing = { readonly end: () => Promise<Probed> };

/** `unbounded`: tests make more changes in a second than tenants are granted in a minute. */
export type AgentOptions = { readonly changes?: 'usual' | 'unbounded' };

/** Nodes and a client on one bridge, all in network namespaces of their own, with an own prefix. */
export class Rig {
  readonly nodes: readonly RigNode[];
  readonly client: string;
  readonly directory = mkdtempSync(join(tmpdir(), 'fairlead-dataplane-'));
  readonly #prefix = `${rigPrefix}${process.pid}`;
  #children: ChildProcess[] = [];

  constructor(count: number) {
    removeLeftovers();
    this.client = `${this.#prefix}-c`;
    this.nodes = Array.from({ length: count }, (_, index) => this.#node(index + 1));
    this.#networks();
  }

  /** Starts the supervisor of one daemon of pool `edge`, with the pod's capabilities but these. */
  daemon(node: RigNode, which: 'haproxy' | 'keepalived', without: string[] = []): ChildProcess {
    const all = capabilities[which].split(',');
    const allowed = all.filter((name) => !without.includes(name.slice(1))).join(',');
    return this.#container(node, [allowed, `fairlead-${which}`, 'edge'], 'inherit');
  }

  /** The same of HAProxy; answers what it logs on its standard output, so far. */
  loggingHaproxy(node: RigNode): () => string {
    const program = [capabilities.haproxy, 'fairlead-haproxy', 'edge'];
    const child = this.#container(node, program, 'pipe');
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    return () => text;
  }

  /**
   * Starts an agent of pool `edge`: the real PoolDataPlane in a process inside the image's file
   * system.
   */
  async agent(node: RigNode, { changes = 'unbounded' }: AgentOptions = {}): Promise<Agent> {
    return await startAgent(this.program(node, 'agent.ts', 'edge', changes));
  }

  /** Starts a program of this folder where an agent runs and with what it may. */
  program(node: RigNode, file: string, ...words: string[]): ChildProcess {
    const copied = join(this.directory, 'node');
    if (!existsSync(copied)) execFileSync('cp', [process.execPath, copied]);
    execFileSync('ln', ['-f', copied, join(node.directory, 'keep/node')]);
    const program = ['/var/lib/fairlead/node', `/checkout/test/dataplane/${file}`, ...words];
    return this.#container(node, [capabilities.agent, ...program], 'pipe');
  }

  /** Starts all of pool `edge` on a node: both daemons and an agent. */
  async serve(node: RigNode): Promise<Agent> {
    this.daemon(node, 'haproxy');
    this.daemon(node, 'keepalived');
    return await this.agent(node);
  }

  /** Runs a command of the image in a container of a node, with `text` in /run/fairlead/golden. */
  async inImage(node: RigNode, words: readonly string[], text: string): Promise<Ended> {
    writeFileSync(join(node.directory, 'run/golden'), text);
    mkdirSync(join(node.directory, 'run/edge/keepalived/track'), { recursive: true });
    const program = [capabilities.keepalived, 'sh', '-c', 'exec "$@" 2>&1', 'sh', ...words];
    const child = this.#container(node, program, 'pipe');
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    const status = await new Promise<number>((resolve) => child.once('close', resolve));
    return { status, output: Buffer.concat(chunks).toString() };
  }

  /** Runs a command in a namespace to its end and returns its output. */
  run(namespace: string, ...words: string[]): string {
    const all = ['netns', 'exec', namespace, ...words];
    return execFileSync('ip', all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Starts a command in a namespace; ended with the rig. */
  start(namespace: string, ...words: string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', namespace, ...words], { stdio: 'ignore' });
    this.#children.push(child);
    return child;
  }

  /** Serves as the pods behind 10.99.0.1:port, in the client's namespace. */
  pods(...ports: number[]): ChildProcess {
    const file = join(import.meta.dirname, 'pods.ts');
    return this.start(this.client, process.execPath, file, ...ports.map(String));
  }

  /**
   * Begins to connect to address:port every 10 ms; the result is what it saw until `end` was
   * called. The default time-out is that of the story; whoever counts failures rather than stalls
   * gives one that a busy machine does not reach.
   */
  probe(address: string, port: number, timeOutMs = 100): Probing {
    return this.probeEvery(10, { address, port, timeOutMs });
  }

  /** The same at another pace, for clients who are few. */
  probeEvery(
    pauseMs: number,
    of: { readonly address: string; readonly port: number; readonly timeOutMs: number },
  ): Probing {
    const file = join(import.meta.dirname, 'probe.ts');
    const words = [
      'netns',
      'exec',
      this.client,
      process.execPath,
      file,
      ...[of.address, of.port, of.timeOutMs, pauseMs].map(String),
    ];
    const child = spawn('ip', words, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push(child);
    return {
      end: async () => {
        child.stdin.end();
        const chunks: Buffer[] = [];
        for await (const chunk of child.stdout) chunks.push(chunk);
        return JSON.parse(Buffer.concat(chunks).toString()) as Probed;
      },
    };
  }

  /**
   * What a power cut does to a node: every process gone, /run empty, the interfaces without VIPs;
   * the disk stays.
   */
  reboot(node: RigNode): void {
    const all = execFileSync('ip', ['netns', 'pids', node.namespace], { encoding: 'utf8' }).split(
      '\n',
    );
    for (const pid of all.filter((text) => text !== '')) killIfThere(Number(pid), 'SIGKILL');
    rmSync(join(node.directory, 'run/edge'), { recursive: true });
    this.run(node.namespace, 'ip', 'addr', 'flush', 'dev', 'lo');
    this.run(node.namespace, 'ip', 'addr', 'add', '127.0.0.1/8', 'dev', 'lo');
    const links = this.run(node.namespace, 'ip', '-o', 'addr', 'show', 'dev', 'eth0').split('\n');
    for (const line of links) {
      const vip = /inet6? (\S+\/(?:32|128)) /.exec(line)?.[1];
      if (vip !== undefined) this.run(node.namespace, 'ip', 'addr', 'del', vip, 'dev', 'eth0');
    }
  }

  /** Asks a node's HAProxy. */
  cli(node: RigNode, command: string): string {
    const socket = `UNIX-CONNECT:${node.directory}/run/edge/haproxy/cli.sock`;
    return execFileSync('socat', ['-t', '2', '-', socket], {
      input: `${command}\n`,
      encoding: 'utf8',
    });
  }

  /** The processes of a node with this name, parents first. */
  processes(node: RigNode, name: string): number[] {
    const all = execFileSync('ip', ['netns', 'pids', node.namespace], { encoding: 'utf8' });
    const named = (pid: string) => readIfThere(`/proc/${pid}/comm`).trim() === name;
    return all
      .split('\n')
      .filter((pid) => pid !== '' && named(pid))
      .map(Number);
  }

  /** Sends a signal to every process of a node with this name. */
  signal(node: RigNode, name: string, signal: NodeJS.Signals): void {
    for (const pid of this.processes(node, name)) killIfThere(pid, signal);
  }

  /** A file below a node's directory; empty when it is not there. */
  file(node: RigNode, path: string): string {
    return readIfThere(join(node.directory, path));
  }

  /** A node of the rig by its name. */
  node(name: string | undefined): RigNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  }

  /** The nodes whose kernel has an address. */
  holders(address: string): string[] {
    return this.nodes
      .filter(({ namespace }) => this.run(namespace, 'ip', '-o', 'addr').includes(` ${address}/`))
      .map((node) => node.name);
  }

  /** Ends everything the rig started and takes its namespaces away. */
  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const namespace of [this.client, ...this.nodes.map((node) => node.namespace)]) {
      execFileSync('ip', ['netns', 'delete', namespace]);
    }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  #node(number: number): RigNode {
    const name = `n${number}`;
    const directory = join(this.directory, name);
    mkdirSync(join(directory, 'run'), { recursive: true });
    mkdirSync(join(directory, 'keep'), { recursive: true });
    return { name, namespace: `${this.#prefix}-${name}`, address: `10.99.0.1${number}`, directory };
  }

  #networks(): void {
    const ip = (...words: string[]) => execFileSync('ip', words);
    ip('netns', 'add', this.client);
    ip('-n', this.client, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', this.client, 'addr', 'add', '10.99.0.1/24', 'dev', 'br0');
    ip('-n', this.client, 'addr', 'add', 'fd99::1/64', 'dev', 'br0', 'nodad');
    for (const link of ['lo', 'br0']) ip('-n', this.client, 'link', 'set', link, 'up');
    for (const { name, namespace, address } of this.nodes) {
      ip('netns', 'add', namespace);
      ip(
        '-n',
        this.client,
        'link',
        'add',
        name,
        'type',
        'veth',
        'peer',
        'name',
        'eth0',
        'netns',
        namespace,
      );
      ip('-n', this.client, 'link', 'set', name, 'master', 'br0', 'up');
      ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
      ip('-n', namespace, 'addr', 'add', `fd99::1${name.slice(1)}/64`, 'dev', 'eth0', 'nodad');
      for (const link of ['lo', 'eth0']) ip('-n', namespace, 'link', 'set', link, 'up');
    }
  }

  #container(node: RigNode, words: string[], stdio: 'inherit' | 'pipe'): ChildProcess {
    const script = join(import.meta.dirname, 'container.sh');
    const isolated = ['unshare', '--mount', '--pid', '--fork', '--kill-child'];
    const container = ['sh', script, imageRoot, node.directory, ...words];
    const child = spawn('ip', ['netns', 'exec', node.namespace, ...isolated, ...container], {
      stdio: stdio === 'pipe' ? ['pipe', 'pipe', 'inherit'] : ['ignore', logTarget(), logTarget()],
      env: { ...process.env, CHECKOUT: checkout },
    });
    this.#children.push(child);
    return child;
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

// A process may end between being listed and being meant.
function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function logTarget(): 'inherit' | 'ignore' {
  return process.env['FAIRLEAD_TEST_LOGS'] === '1' ? 'inherit' : 'ignore';
}
