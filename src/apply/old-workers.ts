import { type Cut, cutBetween, parseWorkers, type WorkersSeen } from '../plan/old-workers.ts';
import { parseProcess } from '../plan/traffic.ts';
import { HaproxySilent, HaproxySocket } from './haproxy-socket.ts';

/** A cut is told with the connections of the last look before it. */
const everyMilliseconds = 5_000;

export type OldWorkersOptions = {
  /** Called after each look. */
  readonly seen: (seen: WorkersSeen, cuts: readonly Cut[]) => void;
  readonly everyMilliseconds?: number;
};

/** Watches the workers that reloads have left behind: how many, and what they still carry. */
export class OldWorkers {
  readonly #socket: HaproxySocket;
  readonly #seen: OldWorkersOptions['seen'];
  readonly #every: number;
  #last: WorkersSeen | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(masterSocket: string, options: OldWorkersOptions) {
    this.#socket = new HaproxySocket(masterSocket);
    this.#seen = options.seen;
    this.#every = options.everyMilliseconds ?? everyMilliseconds;
  }

  /** Begins to look; goes on until `close`. */
  open(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#look().finally(() => this.open()), this.#every);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const now = await this.#workers();
      const nowMs = performance.now();
      const last = this.#last ?? now;
      const cuts = cutBetween(last, now, { nowMs, everyMs: this.#every });
      this.#last = now;
      if (!this.#closed) this.#seen(now, cuts);
    } catch (error) {
      // No HAProxy, or one that has more to do: the held connection says so.
      if (!(error instanceof HaproxySilent)) throw error;
    }
  }

  async #workers(): Promise<WorkersSeen> {
    const { master, reloads, old } = parseWorkers(await this.#socket.ask('show proc;quit'));
    const known = new Map(this.#last?.old.map((worker) => [worker.pid, worker]));
    const all = old.map(async (worker) => {
      // One that has just ended answers nothing: then it had as many as before.
      const before = known.get(worker.pid);
      const connections = (await this.#connectionsOf(worker.pid)) ?? before?.connections ?? 0;
      return { ...worker, connections, sinceMs: before?.sinceMs ?? performance.now() };
    });
    return { master, reloads, old: await Promise.all(all) };
  }

  async #connectionsOf(pid: number): Promise<number | undefined> {
    try {
      const info = await this.#socket.ask(`@!${pid} show info;quit`);
      return info.includes('CurrConns: ') ? parseProcess(info).connections : undefined;
    } catch (error) {
      if (error instanceof HaproxySilent) return undefined;
      throw error;
    }
  }
}
