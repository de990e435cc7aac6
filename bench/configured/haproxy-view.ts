import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HaproxySilent, HaproxySocket } from '../../src/apply/haproxy-socket.ts';
import { parseServersState } from '../../src/plan/observed.ts';
import type { RigNode } from '../../test/dataplane/rig.ts';

/** How often HAProxy is asked: the figures are later by half of it. */
const askEveryMs = 2;
/** Beyond what a busy machine needs: it is not going to come. */
const seenMsMax = 120_000;

/** How far a new server has to be: it is there, or it gets traffic. */
export type Sight = 'known' | 'usable';

/** HAProxy as its CLI tells it. */
export class HaproxyView {
  readonly #worker: HaproxySocket;
  readonly #master: HaproxySocket;

  constructor(node: RigNode) {
    const directory = join(node.directory, 'run/edge/haproxy');
    this.#worker = new HaproxySocket(join(directory, 'cli.sock'));
    this.#master = new HaproxySocket(join(directory, 'master.sock'));
  }

  /** How many frontends run; 0 while it does not answer. */
  async frontends(): Promise<number> {
    const text = await this.#ask('show stat -1 1 -1');
    return text.split('\n').filter((line) => line.split(',')[1] === 'FRONTEND').length;
  }

  /** Waits until a backend has a server, or uses it; answers when: `performance.now()`. */
  async sees(backend: string, server: string, until: Sight): Promise<number> {
    const end = performance.now() + seenMsMax;
    for (;;) {
      const text = await this.#ask(`show servers state ${backend}`);
      const now = performance.now();
      const found = parseServersState(text).find(({ name }) => name === server);
      if (found !== undefined && (until === 'known' || found.usable)) return now;
      if (now > end)
        throw new Error(`not within ${seenMsMax} ms: ${server} of ${backend} ${until}`);
      await pause(askEveryMs);
    }
  }

  /** Loads the file that is there into a new worker; milliseconds until that one serves. */
  async reload(): Promise<number> {
    const startMs = performance.now();
    const { ok, detail } = await this.#master.reload();
    if (!ok) throw new Error(`reload: ${detail}`);
    return performance.now() - startMs;
  }

  // Between two workers the socket is nobody's for a moment.
  async #ask(command: string): Promise<string> {
    try {
      return await this.#worker.ask(command);
    } catch (error) {
      if (error instanceof HaproxySilent) return '';
      throw error;
    }
  }
}
