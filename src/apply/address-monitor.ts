import { type ChildProcess, spawn } from 'node:child_process';
import { type KernelAddress, parseKernelAddresses, readLinks } from './kernel-addresses.ts';

/** Between two attempts to run `ip monitor`. */
const againMilliseconds = 1_000;

/** Should a change go unheard (a full socket buffer), it is seen after this long. */
const readMillisecondsMax = 1_000;
/** `ip monitor` has begun to listen by then; what changed before is not heard. */
const deafMilliseconds = 1_000;

/** The node's addresses, and the JSON text that they were read from. */
export type NodeAddresses = {
  readonly text: string;
  readonly addresses: readonly KernelAddress[];
};

/**
 * Wakes its owner whenever an address of this node comes or goes: the kernel's own word for "held"
 * and "lost". Until then what was read last stands, and need not be read again.
 */
export class AddressMonitor {
  readonly #wake: () => void;
  readonly #read: () => Promise<string>;
  #child: ChildProcess | undefined;
  #closed = false;
  #last: Promise<NodeAddresses> | undefined;
  #lastMs = 0;
  #hearsFromMs = Number.POSITIVE_INFINITY;

  constructor(wake: () => void, read: () => Promise<string> = readLinks) {
    this.#wake = wake;
    this.#read = read;
  }

  /** All addresses of this node; throws when `ip` fails. */
  async addresses(): Promise<NodeAddresses> {
    const nowMs = performance.now();
    const isKnown = this.#lastMs >= this.#hearsFromMs && nowMs < this.#lastMs + readMillisecondsMax;
    if (this.#last !== undefined && isKnown) return await this.#last;
    const read = this.#readAnew();
    this.#last = read;
    this.#lastMs = nowMs;
    try {
      return await read;
    } catch (error) {
      if (this.#last === read) this.#last = undefined;
      throw error;
    }
  }

  async #readAnew(): Promise<NodeAddresses> {
    const text = await this.#read();
    return { text, addresses: parseKernelAddresses(text) };
  }

  #changed(): void {
    this.#last = undefined;
    this.#wake();
  }

  /** Begins to listen and goes on until `close`. */
  open(): void {
    if (this.#closed) return;
    const child = spawn('ip', ['-oneline', 'monitor', 'address'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    child.once('spawn', () => {
      this.#hearsFromMs = performance.now() + deafMilliseconds;
    });
    child.stdout.on('data', () => this.#changed());
    child.once('error', () => undefined);
    child.once('close', () => {
      this.#hearsFromMs = Number.POSITIVE_INFINITY;
      if (this.#closed) return;
      setTimeout(() => {
        this.open();
        // What happened while nobody listened is found by looking.
        this.#changed();
      }, againMilliseconds);
    });
  }

  /** Ends it. */
  close(): void {
    this.#closed = true;
    this.#child?.kill();
  }
}
