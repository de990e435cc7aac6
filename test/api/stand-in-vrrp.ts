import type { DesiredPool } from '../../src/desired/desired-node.ts';
import type { PoolWorker, PoolWorkers } from '../../src/loop/agent.ts';
import type { Protocol } from '../../src/model/objects.ts';
import type { WorkerReport } from '../../src/status/vip-node-status.ts';

/**
 * What the keepalived of several nodes would come to among themselves: of those that run an
 * instance one holds it, the preferred one first, and it keeps it as long as it runs (`nopreempt`).
 */
export class StandInVrrp {
  /** Priorities by instance and node. */
  readonly #running = new Map<string, Map<string, number>>();
  readonly #holders = new Map<string, string>();
  readonly #wakes = new Map<string, () => void>();
  #opened: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;
  #isSilent = false;
  unsupportedProtocols: readonly Protocol[] = [];

  /** From now on no data plane of any node takes anything in, and so nobody confirms anything. */
  block(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#opened = promise;
    this.#open = resolve;
  }

  unblock(): void {
    this.#open();
  }

  /** Resolves at once unless blocked. */
  passed(): Promise<void> {
    return this.#opened;
  }

  /** While silent, no node holds anything, as when all keepalived have died. */
  silence(isSilent: boolean): void {
    this.#isSilent = isSilent;
    this.#wakeAll();
  }

  /** What the kernels of all nodes cannot send on, from now on. */
  lacks(...protocols: readonly Protocol[]): void {
    this.unsupportedProtocols = protocols;
    this.#wakeAll();
  }

  /** Called when somebody else's doing changes what the node holds. */
  joined(node: string, wake: () => void): void {
    this.#wakes.set(node, wake);
  }

  /** The node runs exactly these instances of the pool now. */
  run(node: string, instances: ReadonlyMap<string, number>, before: ReadonlySet<string>): void {
    for (const name of before) if (!instances.has(name)) this.#running.get(name)?.delete(node);
    for (const [name, priority] of instances) {
      const nodes = this.#running.get(name) ?? new Map<string, number>();
      this.#running.set(name, nodes.set(node, priority));
    }
    for (const name of new Set([...before, ...instances.keys()])) this.#elect(name);
  }

  holds(node: string, instance: string): boolean {
    return !this.#isSilent && this.#holders.get(instance) === node;
  }

  /** The node gives the instance up once: the next best takes it. */
  giveUp(node: string, instance: string): void {
    const others = [...(this.#running.get(instance) ?? [])].filter(([name]) => name !== node);
    if (this.holds(node, instance) && others.length > 0) this.#hold(instance, best(others));
  }

  #elect(instance: string): void {
    const nodes = this.#running.get(instance) ?? new Map<string, number>();
    const holder = this.#holders.get(instance);
    if (holder !== undefined && nodes.has(holder)) return;
    this.#hold(instance, best([...nodes]));
  }

  #hold(instance: string, node: string | undefined): void {
    if (node === undefined) this.#holders.delete(instance);
    else this.#holders.set(instance, node);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wakes.values()) wake();
  }
}

function best(nodes: readonly (readonly [string, number])[]): string | undefined {
  return nodes.toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
}

/** The data planes of one node's pools: they take everything at once and never fail. */
export class StandInPools implements PoolWorkers {
  readonly #node: string;
  readonly #vrrp: StandInVrrp;
  readonly #workers = new Map<string, StandInPool>();

  constructor(node: string, vrrp: StandInVrrp) {
    this.#node = node;
    this.#vrrp = vrrp;
  }

  of(pool: string): PoolWorker {
    const worker = this.#workers.get(pool) ?? new StandInPool(this.#node, pool, this.#vrrp);
    this.#workers.set(pool, worker);
    return worker;
  }

  async known(): Promise<readonly string[]> {
    return [...this.#workers.keys()].sort();
  }

  async forget(pool: string): Promise<void> {
    this.#workers.delete(pool);
  }
}

class StandInPool implements PoolWorker {
  readonly #node: string;
  readonly #pool: string;
  readonly #vrrp: StandInVrrp;
  readonly #moves = new Map<string, number>();
  #running = new Set<string>();

  constructor(node: string, pool: string, vrrp: StandInVrrp) {
    this.#node = node;
    this.#pool = pool;
    this.#vrrp = vrrp;
  }

  async reconcile({ keepalived }: DesiredPool): Promise<WorkerReport> {
    await this.#vrrp.passed();
    this.#run(new Map(keepalived.instances.map(({ name, priority }) => [name, priority])));
    const instances = keepalived.instances.map(({ name, generation }) => ({
      ...{ name, generation, programmed: true },
      held: this.#vrrp.holds(this.#node, name),
      moveSerial: this.#moves.get(name) ?? 0,
    }));
    return {
      pool: this.#pool,
      ready: true,
      why: '',
      instances,
      conflicts: [],
      unsupportedProtocols: this.#vrrp.unsupportedProtocols,
      refusals: [],
      secrets: [],
      serversDown: [],
    };
  }

  async move(instance: string, serial: number): Promise<void> {
    this.#moves.set(instance, serial);
    this.#vrrp.giveUp(this.#node, instance);
  }

  async retire(): Promise<void> {
    this.#run(new Map());
  }

  #run(instances: ReadonlyMap<string, number>): void {
    this.#vrrp.run(this.#node, instances, this.#running);
    this.#running = new Set(instances.keys());
  }
}
