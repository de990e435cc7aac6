import { setTimeout as delay } from 'node:timers/promises';
import { type OldWorker, parseWorkers } from '../plan/old-workers.ts';
import { reloadPause, usualPause } from '../plan/reload-pause.ts';
import { HaproxySilent, HaproxySocket } from './haproxy-socket.ts';

/** When HAProxy may be loaded anew. */
export class ReloadPace {
  readonly #master: HaproxySocket;
  #last: number | undefined;

  constructor(masterSocket: string) {
    this.#master = new HaproxySocket(masterSocket);
  }

  /** It was loaded now. */
  loaded(): void {
    this.#last = performance.now();
  }

  /** Whether a reload now would bring an old worker near its end too fast (reload-pause.ts). */
  async isTooFast(): Promise<boolean> {
    return (await this.#left()) > usualPause;
  }

  /** Waits for the usual time between two reloads, which is short. */
  async turn(): Promise<void> {
    const left = Math.min(await this.#left(), usualPause);
    if (left > 0) await delay(left);
  }

  async #left(): Promise<number> {
    if (this.#last === undefined) return 0;
    const since = performance.now() - this.#last;
    return reloadPause(await this.#oldWorkers()) - since;
  }

  async #oldWorkers(): Promise<readonly OldWorker[]> {
    try {
      return parseWorkers(await this.#master.ask('show proc;quit')).old;
    } catch (error) {
      if (error instanceof HaproxySilent) return [];
      throw error;
    }
  }
}
