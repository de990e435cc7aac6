import { apiPath, resources } from './api-path.ts';
import { create } from './apply.ts';
import { BoundedMap } from './bounded-map.ts';
import type { KubeClient } from './client.ts';
import { type Clock, type Surroundings, systemClock } from './clock.ts';
import {
  type EventNote,
  eventKey,
  eventNamespace,
  eventObject,
  eventSeries,
  type Reporter,
} from './event-object.ts';
import { KubeError } from './kube-error.ts';
import { type BucketSize, type TokenBucket, takeToken } from './token-bucket.ts';

export type RecorderOptions = Surroundings & {
  readonly client: KubeClient;
  readonly reporter: Reporter;
  /** A repeated event's count is written at most this often. */
  readonly seriesIntervalMs?: number;
  /** New events per object. */
  readonly perObject?: BucketSize;
  /** An event that was not written: `limited` by a bound of ours, or `failed` at the API. */
  readonly onDropped?: (note: EventNote, why: 'limited' | 'failed') => void;
};

export type Recorder = {
  /** Never throws, never waits. */
  readonly record: (note: EventNote) => void;
  /** Resolves when nothing waits to be sent; counts of a running interval do not count. */
  readonly idle: () => Promise<void>;
  /** Drops what waits. */
  readonly stop: () => Promise<void>;
};

/** kubectl shows the count; nobody needs it fresher. */
const seriesIntervalMsDefault = 30_000;
/** client-go allows 25, then one in five minutes; ours are fewer and more telling. */
const perObjectDefault: BucketSize = { burst: 10, refillMs: 60_000 };
/** One object with a changing message must not fill memory. */
const rememberedEventsMax = 2_048;
const rememberedObjectsMax = 4_096;
/** Sent one at a time; what a dead API server cannot take is dropped. */
const waitingMax = 256;
const sendTimeoutMs = 10_000;

/** Writes Events; equal ones become one Event with a count. */
export function createRecorder(options: RecorderOptions): Recorder {
  const recorder = new EventRecorder(options);
  return {
    record: (note) => recorder.record(note),
    idle: () => recorder.idle(),
    stop: () => recorder.stop(),
  };
}

type Remembered = {
  /** Undefined until the API server has it. */
  name: string | undefined;
  count: number;
  writtenMs: number;
  isScheduled: boolean;
};

class EventRecorder {
  readonly #options: RecorderOptions;
  readonly #clock: Clock;
  readonly #events = new BoundedMap<Remembered>(rememberedEventsMax);
  readonly #buckets = new BoundedMap<TokenBucket>(rememberedObjectsMax);
  readonly #abort = new AbortController();
  readonly #timers = new Set<() => void>();
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  record(note: EventNote): void {
    if (this.#abort.signal.aborted) return;
    const key = eventKey(note);
    const known = this.#events.get(key);
    if (known === undefined) this.#recordNew(key, note);
    else this.#recordRepeat(note, known);
  }

  async idle(): Promise<void> {
    await this.#tail;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    for (const cancel of this.#timers) cancel();
    await this.#tail;
  }

  #recordRepeat(note: EventNote, known: Remembered): void {
    known.count += 1;
    this.#events.set(eventKey(note), known);
    if (known.isScheduled) return;
    known.isScheduled = true;
    const sinceMs = this.#clock.nowMs() - known.writtenMs;
    const intervalMs = this.#options.seriesIntervalMs ?? seriesIntervalMsDefault;
    this.#later(Math.max(intervalMs - sinceMs, 0), () => {
      known.isScheduled = false;
      this.#enqueue(note, () => this.#writeSeries(note, known));
    });
  }

  #recordNew(key: string, note: EventNote): void {
    const { kind, namespace = '', name } = note.regarding;
    const object = `${kind}/${namespace}/${name}`;
    const nowMs = this.#clock.nowMs();
    const size = this.#options.perObject ?? perObjectDefault;
    const { isAllowed, bucket } = takeToken(size, this.#buckets.get(object), nowMs);
    this.#buckets.set(object, bucket);
    if (!isAllowed) {
      this.#options.onDropped?.(note, 'limited');
      return;
    }
    const event = { name: undefined, count: 1, writtenMs: nowMs, isScheduled: false };
    this.#events.set(key, event);
    this.#enqueue(note, () => this.#writeNew(note, event));
  }

  async #writeNew(note: EventNote, event: Remembered): Promise<void> {
    const at = { wallMs: this.#clock.wallMs(), suffix: this.#suffix() };
    const body = eventObject(note, this.#options.reporter, at);
    const target = { client: this.#bounded(), resource: resources.events };
    const outcome = await create(target, body);
    // A namespace that is gone, a field too long: it stays untold, the next repeat tries again.
    if (outcome.kind !== 'ok') throw new KubeError({ code: 'Invalid', message: outcome.kind });
    event.name = body.metadata.name;
    event.writtenMs = this.#clock.nowMs();
  }

  /** 64 bits: two events of one object never meet. */
  #suffix(): string {
    const word = (): string =>
      Math.floor((this.#options.random ?? Math.random)() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return word() + word();
  }

  async #writeSeries(note: EventNote, event: Remembered): Promise<void> {
    // The first write failed: this one carries the news instead.
    if (event.name === undefined) return this.#writeNew(note, event);
    const ref = { namespace: eventNamespace(note), name: event.name };
    try {
      await this.#bounded().request({
        method: 'PATCH',
        path: apiPath(resources.events, ref),
        body: eventSeries(Math.max(event.count, 2), this.#clock.wallMs()),
        contentType: 'application/merge-patch+json',
      });
      event.writtenMs = this.#clock.nowMs();
    } catch (error) {
      // Events live an hour: tell it anew.
      const isExpired = error instanceof KubeError && error.code === 'NotFound';
      if (!isExpired) throw error;
      event.count = 1;
      await this.#writeNew(note, event);
    }
  }

  #enqueue(note: EventNote, send: () => Promise<void>): void {
    if (this.#waiting >= waitingMax) {
      this.#options.onDropped?.(note, 'limited');
      return;
    }
    this.#waiting += 1;
    this.#tail = this.#tail.then(async () => {
      try {
        if (!this.#abort.signal.aborted) await send();
      } catch {
        this.#options.onDropped?.(note, 'failed');
      } finally {
        this.#waiting -= 1;
      }
    });
  }

  #later(delayMs: number, action: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      action();
    });
    this.#timers.add(cancel);
  }

  #bounded(): KubeClient {
    const { client } = this.#options;
    const limit = { timeoutMs: sendTimeoutMs, signal: this.#abort.signal };
    return { ...client, request: (request) => client.request({ ...request, ...limit }) };
  }
}
