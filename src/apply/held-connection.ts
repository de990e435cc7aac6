// One CLI connection to the running worker, held open: its end is the end of HAProxy, known within
// milliseconds.
//
//   away ── prompt ──▶ alive ── no answer to a ping for 500 ms ──▶ hung ── any answer ──▶ alive
//    ▲                   │      (2 s where CPU time is short)       │
//    └──── ended: nobody accepts ────────────────────────────────────┘
//
// A reload leaves the connection on the old worker and keeps that one alive (dataplane.md section
// 4): `renew` moves it. An old worker that ends by itself ends the connection too; that is why a
// lost connection is tried once more before it is called lost.

import { connect, type Socket } from 'node:net';

/** How often the worker is asked, and how long it may take to answer. */
export const pingMilliseconds = 250;
export const hungMilliseconds = 500;
/**
 * A worker that has just been started by a reload may take this long to accept and answer, and so
 * may any worker on a node that is short of CPU time.
 */
const freshMilliseconds = 2_000;
/** A timer that fires later than this tells of a starved node, not of a hung HAProxy. */
const lateMilliseconds = 100;
/** How often a worker that is away is looked for; nothing but a start waits for this. */
const searchMilliseconds = 200;

/** What the holder learns. */
export type HeldListener = {
  /** HAProxy ended or hangs: it does not serve. */
  readonly lost: (why: 'ended' | 'hung') => void;
  /** HAProxy answers (again). */
  readonly found: () => void;
  /** Whether the node was short of CPU time since this was last asked. */
  readonly isStarved?: () => boolean;
};

export class HeldConnection {
  readonly #path: string;
  readonly #listener: HeldListener;
  #socket: Socket | undefined;
  #alive = false;
  #closed = false;
  /** When the worker was asked what it has not answered yet. */
  #pingedAt: number | undefined;
  #fresh = false;
  #pingTimer: NodeJS.Timeout | undefined;
  #searchTimer: NodeJS.Timeout | undefined;

  constructor(path: string, listener: HeldListener) {
    this.#path = path;
    this.#listener = listener;
  }

  /** Whether the worker answered when last asked. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Begins to look for the worker; goes on until `close`. */
  open(): void {
    if (this.#closed || this.#socket !== undefined) return;
    this.#attach(connect(this.#path));
  }

  /**
   * Moves to the present worker; called after a reload. The old connection is closed once the new
   * one is there.
   */
  renew(): void {
    const next = connect(this.#path);
    next.once('connect', () => this.#attach(next));
    next.once('error', () => next.destroy());
  }

  /** Ends it all; the listener hears nothing more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#pingTimer);
    clearTimeout(this.#searchTimer);
    if (this.#socket !== undefined) release(this.#socket);
    this.#socket = undefined;
    this.#alive = false;
  }

  #attach(socket: Socket): void {
    if (this.#closed) {
      release(socket);
      return;
    }
    const old = this.#socket;
    this.#socket = socket;
    if (old !== undefined && old !== socket) release(old);
    clearTimeout(this.#pingTimer);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => this.#heard(chunk));
    socket.once('close', () => this.#ended(socket));
    socket.write('prompt\n');
    this.#pingedAt = performance.now();
    this.#fresh = true;
    this.#watch();
  }

  // Every answer ends with the prompt; its text is of no interest.
  #heard(chunk: Buffer): void {
    if (!chunk.includes('> ')) return;
    this.#pingedAt = undefined;
    this.#fresh = false;
    if (this.#alive) return;
    this.#alive = true;
    this.#listener.found();
  }

  #watch(): void {
    clearTimeout(this.#pingTimer);
    const socket = this.#socket;
    const patience = this.#fresh ? freshMilliseconds : hungMilliseconds;
    const wait = this.#pingedAt === undefined ? pingMilliseconds : patience;
    const due = performance.now() + wait;
    this.#pingTimer = setTimeout(() => {
      const late = performance.now() - due;
      // An answer may lie unread when this process was the slow one: let it be read first.
      setImmediate(() => setImmediate(() => this.#checked(socket, late < lateMilliseconds)));
    }, wait);
  }

  // Where this process does not get its turn, HAProxy does not either: that is an overloaded node,
  // and moving its VIPs would only load the next one. The script of Keepalived judges such a case.
  #checked(socket: Socket | undefined, onTime: boolean): void {
    // It may have moved to another worker meanwhile, which has its own time to answer.
    if (socket === undefined || socket !== this.#socket || this.#closed) return;
    // Asked at every look, so that it speaks of the time since the last one.
    const isStarved = this.#listener.isStarved?.() === true;
    if (this.#pingedAt === undefined) this.#ping(socket);
    else if (this.#alive && onTime) {
      const isPatient = isStarved && performance.now() - this.#pingedAt < freshMilliseconds;
      if (!isPatient) {
        this.#alive = false;
        this.#listener.lost('hung');
      }
    }
    this.#watch();
  }

  #ping(socket: Socket): void {
    this.#pingedAt = performance.now();
    socket.write('show version\n');
  }

  #ended(socket: Socket): void {
    if (this.#closed || this.#socket !== socket) return;
    this.#socket = undefined;
    clearTimeout(this.#pingTimer);
    const wasAlive = this.#alive;
    if (wasAlive) this.#tryOnceMore();
    else this.#search();
  }

  #tryOnceMore(): void {
    const next = connect(this.#path);
    next.once('connect', () => this.#attach(next));
    next.once('error', () => {
      this.#alive = false;
      if (this.#closed) return;
      this.#listener.lost('ended');
      this.#search();
    });
  }

  #search(): void {
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => this.open(), searchMilliseconds);
  }
}

function release(socket: Socket): void {
  socket.removeAllListeners('close');
  socket.removeAllListeners('data');
  socket.on('error', () => undefined);
  socket.destroy();
}
