// What the running HAProxy has of its key files, where that is not what they hold: it cannot be
// asked, so it is written beside them, with the process of which it is true. Another process has
// read the files.

import * as z from 'zod';
import { parsePid } from '../plan/observed.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import { readIfThere, writeAtomically } from './files.ts';
import { HaproxySilent, HaproxySocket } from './haproxy-socket.ts';

const shape = z.object({
  worker: z.number(),
  /** CAs that were replaced, or were to be, while it ran. */
  replaced: z.array(z.string()),
  /** Files of which it has an earlier text: only a reload brings it the one that is there. */
  waiting: z.array(z.string()),
});

/** Of one process; files by their names. */
export type KeysOfWorker = Readonly<z.infer<typeof shape>>;

/** What is known of one pool's worker, also over a restart of the agent, which alone writes it. */
export class WorkerKeys {
  readonly #file: string;
  readonly #socket: HaproxySocket;
  #isRead = false;
  #known: KeysOfWorker | undefined;

  constructor({ haproxyDirectory, haproxySocket }: PoolPaths) {
    this.#file = `${haproxyDirectory}/keys.json`;
    this.#socket = new HaproxySocket(haproxySocket);
  }

  /** The process that serves now; 0 while none answers: it will read the files. */
  async worker(): Promise<number> {
    try {
      return parsePid(await this.#socket.ask('show info'));
    } catch (error) {
      if (error instanceof HaproxySilent) return 0;
      throw error;
    }
  }

  /** What is known of a process; nothing has happened to another one. */
  async of(worker: number): Promise<KeysOfWorker> {
    const known = await this.#read();
    return known?.worker === worker ? known : { worker, replaced: [], waiting: [] };
  }

  /** Remembers one more file; to be called before what it says is done. */
  async add(worker: number, what: 'replaced' | 'waiting', file: string): Promise<void> {
    const known = await this.of(worker);
    if (known[what].includes(file)) return;
    const next = { ...known, [what]: [...known[what], file] };
    await writeAtomically(this.#file, JSON.stringify(next));
    this.#known = next;
  }

  /** Files that HAProxy is to be loaded anew for. While it does not answer they stay that. */
  async waiting(): Promise<readonly string[]> {
    const known = await this.#read();
    if (known === undefined || known.waiting.length === 0) return [];
    const worker = await this.worker();
    return worker === 0 || worker === known.worker ? known.waiting : [];
  }

  // Asked at every look, and there is next to never something in it.
  async #read(): Promise<KeysOfWorker | undefined> {
    if (!this.#isRead) this.#known = parsed(await readIfThere(this.#file));
    this.#isRead = true;
    return this.#known;
  }
}

/** What another version wrote otherwise is not known; its first reload makes it nobody's. */
function parsed(text: string): KeysOfWorker | undefined {
  try {
    return text === '' ? undefined : shape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
