/**
 * One kind of object, kept current for ever.
 *
 *          ┌─────────────── Gone (410): the version is too old ◀───────────────┐
 *          ▼                                                                   │
 *   list, page by page ──▶ store replaced, differences woken ──▶ watch from its version ◀─┐
 *          │                                                                   │          │
 *          └── any failure: back off 0.5–30 s, jitter, for ever                └── ended ─┘
 *                                                            (at once; after a failure: back off)
 *
 * Nothing ends this loop but `stop`: the informers of client-node stop after a reset (ADR 0001).
 */

import { type Backoff, backoffMs } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { type Clock, pause, type Surroundings, systemClock } from './clock.ts';
import { KubeError } from './kube-error.ts';
import { LineSplitter } from './line-splitter.ts';
import { listPages, pageObjectsDefault } from './list-pages.ts';
import { type Gathering, ObjectStore, type ObjectStoreOptions } from './object-store.ts';
import { timeLimit } from './time-limit.ts';
import { parseWatchLine } from './watch-event.ts';

export type ReflectorOptions<T> = Omit<ObjectStoreOptions<T>, 'onUnreadable'> &
  Surroundings & {
    readonly client: KubeClient;
    /** A collection, e.g. `/api/v1/services`. */
    readonly path: string;
    readonly query?: { readonly labelSelector?: string; readonly fieldSelector?: string };
    /** Keys to look at again: never which event it was. Must not throw. */
    readonly onChange: (keys: readonly string[]) => void;
    readonly onReport?: (report: ReflectorReport) => void;
    /** Objects a page. */
    readonly pageObjects?: number;
    readonly backoff?: Backoff;
    /** How long one watch may last, seconds; the server ends it. */
    readonly watchSeconds?: { readonly min: number; readonly max: number };
    /** What a watch may last beyond that before it counts as dead. */
    readonly idleGuardMs?: number;
    /** How old a list may get; looked at when a watch ends. */
    readonly relistMs?: { readonly min: number; readonly max: number };
  };

/** What a reflector did, for logs and metrics. */
export type ReflectorReport =
  | { readonly kind: 'listed'; readonly objects: number; readonly durationMs: number }
  | { readonly kind: 'watch-ended'; readonly lastedMs: number }
  | { readonly kind: 'failed'; readonly error: KubeError; readonly retryMs: number }
  | { readonly kind: 'unreadable'; readonly object: string; readonly error: unknown };

export type Reflector<T> = {
  /** Resolves after the first complete list; never rejects. No write before it (R89). */
  readonly synced: Promise<void>;
  readonly isSynced: () => boolean;
  /** The clock's ms when the API server last said anything; -Infinity before (R85). */
  readonly lastContactMs: () => number;
  /** The version up to which everything has been seen; "" before the first list. */
  readonly seenVersion: () => string;
  /** A live view; empty until synced. */
  readonly values: ReadonlyMap<string, T>;
  readonly stop: () => Promise<void>;
};

const backoffDefault: Backoff = { firstMs: 500, lastMs: 30_000 };
const watchSecondsDefault = { min: 300, max: 600 };
/** The server ends a watch at `timeoutSeconds`; one that has not ended by then is a dead line. */
const idleGuardMsDefault = 30_000;
/** A watch that was closed sooner, and silently, counts as a failure: else it would spin. */
const briefWatchMs = 1_000;
/** etcd refuses objects above 1.5 MiB; JSON of the same is at most a few times larger. */
const watchLineBytesMax = 16 * 1024 * 1024;
/** R85: whatever a watch may have missed is found within two hours, not all agents at once. */
const relistMsDefault = { min: 3_600_000, max: 7_200_000 };
/** Failures in a row after which the version itself is doubted: etcd may have been restored. */
const failuresPerVersionMax = 5;
/** Lists in a row whose continue token expired, after which one list is asked for in one page. */
const expiredListsMax = 2;

/** Starts at once; `synced` tells when the store can be believed. */
export function startReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const reflector = new ReflectorLoop(options);
  const ended = reflector.run();
  return {
    synced: reflector.synced,
    isSynced: () => reflector.isSynced,
    lastContactMs: () => reflector.lastContactMs,
    seenVersion: () => reflector.seenVersion,
    values: reflector.values,
    stop: async () => {
      reflector.abort();
      await ended;
    },
  };
}

class ReflectorLoop<T> {
  readonly synced: Promise<void>;
  isSynced = false;
  lastContactMs = Number.NEGATIVE_INFINITY;
  seenVersion = '';
  readonly #options: ReflectorOptions<T>;
  readonly #store: ObjectStore<T>;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #resolveSynced: () => void;
  /** Where to watch from; undefined asks for a list first. */
  #version: string | undefined;
  #failures = 0;
  #relistAtMs = 0;
  #expiredLists = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#store = new ObjectStore({
      ...options,
      onUnreadable: (object, error) => this.#report({ kind: 'unreadable', object, error }),
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#resolveSynced = resolve;
  }

  get values(): ReadonlyMap<string, T> {
    return this.#store.values;
  }

  abort(): void {
    this.#abort.abort();
  }

  async run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        else await this.#watch(this.#version);
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        if (!this.#abort.signal.aborted) await this.#failed(error);
      }
    }
  }

  async #list(): Promise<void> {
    const startMs = this.#clock.nowMs();
    const gathering: Gathering<T> = new Map();
    const { client, path, query, pageObjects = pageObjectsDefault } = this.#options;
    const isWhole = this.#expiredLists >= expiredListsMax;
    const request = {
      ...{ client, path, query: query ?? {}, signal: this.#abort.signal, clock: this.#clock },
      limit: isWhole ? undefined : pageObjects,
    };
    this.#version = await listPages(request, (items) => {
      this.lastContactMs = this.#clock.nowMs();
      this.#store.gather(gathering, items);
    }).catch((error: unknown) => {
      if (error instanceof KubeError && error.code === 'Gone') this.#expiredLists += 1;
      throw error;
    });
    this.#expiredLists = 0;
    this.#relistAtMs = startMs + this.#between(this.#options.relistMs ?? relistMsDefault);
    this.seenVersion = this.#version;
    const woken = this.#store.replace(gathering);
    this.isSynced = true;
    this.#resolveSynced();
    const durationMs = this.#clock.nowMs() - startMs;
    this.#report({ kind: 'listed', objects: gathering.size, durationMs });
    this.#wake(woken);
  }

  async #watch(version: string): Promise<void> {
    const { client, path, query, watchSeconds = watchSecondsDefault } = this.#options;
    const timeoutSeconds = Math.round(this.#between(watchSeconds));
    const limitMs = timeoutSeconds * 1000 + (this.#options.idleGuardMs ?? idleGuardMsDefault);
    const limit = timeLimit(this.#clock, limitMs, this.#abort.signal);
    const startMs = this.#clock.nowMs();
    try {
      const chunks = await client.stream({
        path,
        query: {
          ...query,
          ...{ watch: 1, allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds },
        },
        signal: limit.signal,
      });
      await this.#consume(chunks);
      if (limit.expired()) throw new KubeError({ code: 'Timeout', message: 'ended by us' });
    } catch (error) {
      throw limit.expired() ? deadWatch(path, limitMs, error) : error;
    } finally {
      limit.release();
    }
    const lastedMs = this.#clock.nowMs() - startMs;
    this.#report({ kind: 'watch-ended', lastedMs });
    if (this.#clock.nowMs() >= this.#relistAtMs) this.#version = undefined;
    if (lastedMs < briefWatchMs) throw briefWatch(path);
  }

  async #consume(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { path } = this.#options;
    const openedMs = this.#clock.nowMs();
    const splitter = new LineSplitter(watchLineBytesMax);
    try {
      for await (const chunk of chunks) {
        if (this.#abort.signal.aborted) return;
        this.lastContactMs = this.#clock.nowMs();
        this.#takeAll(linesOf(path, splitter, chunk));
      }
    } finally {
      if (this.#clock.nowMs() - openedMs >= briefWatchMs) this.#failures = 0;
    }
    if (splitter.isInsideLine) throw cutLine(path);
  }

  #takeAll(lines: readonly string[]): void {
    const woken = new Set<string>();
    try {
      for (const line of lines) this.#take(line, woken);
    } finally {
      // What came before a broken line is already in the store.
      this.#wake(woken);
    }
  }

  #take(line: string, woken: Set<string>): void {
    const event = parseWatchLine(this.#options.path, line);
    if (event.kind === 'put') this.#store.put(event.object, woken);
    if (event.kind === 'removed') this.#store.remove(event.object, woken);
    this.#version = event.resourceVersion;
    this.seenVersion = event.resourceVersion;
    this.#failures = 0;
  }

  async #failed(error: KubeError): Promise<void> {
    const isFirst = this.#failures === 0;
    this.#failures += 1;
    const isDoubtful = this.#failures % failuresPerVersionMax === 0;
    if (error.code === 'Gone' || error.code === 'Invalid' || isDoubtful) this.#version = undefined;
    // A version that is too old says nothing about the server's health: list at once, but once.
    const retryMs = isFirst && error.code === 'Gone' ? 0 : this.#retryMs(error);
    this.#report({ kind: 'failed', error, retryMs });
    await pause(this.#clock, retryMs, this.#abort.signal);
  }

  #retryMs(error: KubeError): number {
    const backoff = this.#options.backoff ?? backoffDefault;
    return Math.max(backoffMs(backoff, this.#failures, this.#random()), error.retryAfterMs ?? 0);
  }

  #between(range: { readonly min: number; readonly max: number }): number {
    return range.min + this.#random() * (range.max - range.min);
  }

  #random(): number {
    return (this.#options.random ?? Math.random)();
  }

  #wake(woken: ReadonlySet<string>): void {
    if (woken.size > 0) this.#options.onChange([...woken]);
  }

  #report(report: ReflectorReport): void {
    this.#options.onReport?.(report);
  }
}

function linesOf(path: string, splitter: LineSplitter, chunk: Uint8Array): string[] {
  try {
    return splitter.linesOf(chunk);
  } catch (cause) {
    throw new KubeError({ code: 'Invalid', message: `watch ${path}: ${cause}`, cause });
  }
}

function deadWatch(path: string, limitMs: number, cause: unknown): KubeError {
  const message = `watch ${path}: the server did not end it within ${limitMs} ms`;
  return new KubeError({ code: 'Timeout', message, cause });
}

function briefWatch(path: string): KubeError {
  return new KubeError({ code: 'Server', message: `watch ${path}: closed at once` });
}

function cutLine(path: string): KubeError {
  return new KubeError({ code: 'Network', message: `watch ${path}: cut in the middle of a line` });
}
