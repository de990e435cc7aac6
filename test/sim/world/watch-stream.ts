/**
 * One open watch. Events come in the order of revisions, each after a delay. Nothing is ever lost
 * silently in the middle: a stream that loses events is reset, ends with 410, or says nothing at
 * all from then on, until the client's guard ends it. That is what an API server and a network can
 * do; skipping one event and going on is what they cannot.
 */
import type { Random } from '../../run/random.ts';
import type { Change } from '../server/store.ts';
import { type Exchange, socketError } from './exchange.ts';
import { instantMs, type Machine } from './machine.ts';
import type { Scheduler } from './scheduler.ts';
import type { Weather } from './weather.ts';

export type StreamOptions = {
  readonly exchange: Exchange;
  readonly machine: Machine;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly weather: () => Weather;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly onClosed: (stream: WatchStream) => void;
};

/** As src/kube/connections.ts sets it: ten seconds, then ten probes. */
const keepAliveMs = 20_000;
/** Of lines that are dead: the others end at a bridge that keeps answering. */
const noticedByTcp = 0.8;

type Queued = { readonly atMs: number; readonly line: Buffer };

export class WatchStream {
  readonly plural: string;
  readonly machine: Machine;
  isSilent = false;
  readonly #options: StreamOptions;
  readonly #queue: Queued[] = [];
  #lastDueMs: number;
  #isEnding = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.plural = options.plural;
    this.machine = options.machine;
    const { nowMs } = options.scheduler;
    options.machine.deliver(nowMs, () => options.exchange.headers(200, {}));
    this.#lastDueMs = nowMs + instantMs;
  }

  get isOpen(): boolean {
    return this.#options.exchange.isOpen && !this.#options.machine.isDead;
  }

  /** An event of the kind; whether it belongs here is looked at here. */
  changed(change: Change): void {
    const { namespace, random, weather } = this.#options;
    if (namespace !== undefined && change.object.metadata.namespace !== namespace) return;
    this.#enqueue(lineOf(change));
    if (random.chance(weather().duplicate)) this.#enqueue(lineOf(change));
  }

  bookmark(revision: number): void {
    const object = { kind: 'Bookmark', metadata: { resourceVersion: String(revision) } };
    this.#enqueue(line({ type: 'BOOKMARK', object }));
  }

  /** The server has had enough of it; what is under way still comes. */
  finish(): void {
    this.#isEnding = true;
    const { machine, scheduler } = this.#options;
    const lastMs = Math.max(this.#lastDueMs, scheduler.nowMs);
    machine.deliver(lastMs + instantMs, () => this.#end());
  }

  /** Nothing comes any more, and nobody says so; mostly TCP's keep-alive notices. */
  silence(): void {
    const { random, machine, scheduler, exchange } = this.#options;
    this.isSilent = true;
    if (!random.chance(noticedByTcp)) return;
    machine.deliver(scheduler.nowMs + keepAliveMs, () => exchange.fail(socketError()));
  }

  /** The connection is lost with all that is under way. */
  cut(): void {
    const { machine, scheduler, exchange } = this.#options;
    this.isSilent = true;
    machine.deliver(scheduler.nowMs, () => {
      exchange.fail(socketError());
      this.#options.onClosed(this);
    });
  }

  #enqueue(bytes: Buffer): void {
    const { random, scheduler, machine, weather } = this.#options;
    if (!this.isOpen) this.#options.onClosed(this);
    if (!this.isOpen || this.#isEnding || this.isSilent) return;
    const usualMs = random.next() * weather().eventDelayMs;
    const delayMs = random.chance(0.02) ? usualMs * 20 : usualMs;
    this.#lastDueMs = Math.max(this.#lastDueMs, scheduler.nowMs + delayMs);
    this.#queue.push({ atMs: this.#lastDueMs, line: bytes });
    machine.deliver(this.#lastDueMs, () => this.#flush());
  }

  /** Everything that is due goes in one chunk. */
  #flush(): void {
    const { scheduler, exchange } = this.#options;
    if (this.isSilent || !exchange.isOpen) return;
    const due: Buffer[] = [];
    while (this.#queue[0] !== undefined && this.#queue[0].atMs <= scheduler.nowMs) {
      const next = this.#queue.shift();
      if (next !== undefined) due.push(next.line);
    }
    if (due.length > 0) exchange.chunk(Buffer.concat(due));
    this.#misfortune();
  }

  #misfortune(): void {
    const { random, exchange, weather } = this.#options;
    const { cutStream, cutLine, silentStream, goneStream } = weather();
    if (random.chance(cutLine)) {
      exchange.chunk(Buffer.from('{"type":"MODIFIED","object":{"meta'));
      this.cut();
    } else if (random.chance(cutStream)) this.cut();
    else if (random.chance(goneStream)) {
      exchange.chunk(goneLine());
      this.#end();
    } else if (random.chance(silentStream)) this.silence();
  }

  #end(): void {
    this.#options.onClosed(this);
    if (!this.isSilent) this.#options.exchange.end();
  }
}

const lines = new WeakMap<Change, Buffer>();

/** Made once for all streams. */
function lineOf(change: Change): Buffer {
  const known = lines.get(change);
  if (known !== undefined) return known;
  const made = line({ type: change.type, object: change.object });
  lines.set(change, made);
  return made;
}

/** The version is too old: as a line of a stream that began well. */
export function goneLine(): Buffer {
  const message = 'too old resource version';
  const object = { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired', message };
  return line({ type: 'ERROR', object });
}

function line(event: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(event)}\n`);
}
