/**
 * The nodes as they truly are: which Vips each has programmed, and who holds each VRRP instance.
 * Nobody under test reads it; what the agents report may be older.
 */
import type { Instance, Vip } from '../../../src/model/objects.ts';

/** What one node runs of an instance. */
export type Programmed = {
  readonly instance: Instance;
  /** All Vips that named the instance when it was programmed, released ones as well. */
  readonly vips: readonly Vip[];
};

export type NodeState = {
  readonly name: string;
  readonly index: number;
  /** Its machine: kubelet, agent and daemons. */
  isAlive: boolean;
  /** Its agent process alone. */
  isAgentAlive: boolean;
  /** It reaches the API server. */
  isConnected: boolean;
  /** Daemons of a pool run: its pod is ready. */
  readonly readyPools: Set<string>;
  programmed: ReadonlyMap<string, Programmed>;
  /** Planned moves done, by instance. */
  readonly moves: Map<string, number>;
};

export class DataPlane {
  readonly nodes = new Map<string, NodeState>();
  readonly #holders = new Map<string, string>();

  add(name: string, index: number): NodeState {
    const node: NodeState = {
      ...{ name, index, isAlive: true, isAgentAlive: true, isConnected: true },
      ...{ readyPools: new Set(), programmed: new Map(), moves: new Map() },
    };
    this.nodes.set(name, node);
    return node;
  }

  /** Who holds the instance: the holder keeps it (nopreempt), else the best rank takes it. */
  holderOf(instance: string): string | undefined {
    const running = [...this.nodes.values()].filter((node) => isRunning(node, instance));
    const holder = this.#holders.get(instance);
    if (running.some(({ name }) => name === holder)) return holder;
    const [best] = running.toSorted((a, b) => rankOf(a, instance) - rankOf(b, instance));
    if (best === undefined) this.#holders.delete(instance);
    else this.#holders.set(instance, best.name);
    return best?.name;
  }

  /** The holder gives an instance up once. */
  move(instance: string, to: string): void {
    const node = this.nodes.get(to);
    if (node !== undefined && isRunning(node, instance)) this.#holders.set(instance, to);
  }
}

function isRunning(node: NodeState, name: string): boolean {
  const programmed = node.programmed.get(name);
  return programmed !== undefined && node.isAlive && node.readyPools.has(programmed.instance.pool);
}

function rankOf(node: NodeState, name: string): number {
  const members = node.programmed.get(name)?.instance.members ?? [];
  return members.find((member) => member.node === node.name)?.rank ?? 99;
}
