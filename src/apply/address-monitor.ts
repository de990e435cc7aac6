import { type ChildProcess, spawn } from 'node:child_process';

/** Between two attempts to run `ip monitor`. */
const againMilliseconds = 1_000;

/**
 * Wakes its owner whenever an address of this node comes or goes: the kernel's own word for "held"
 * and "lost".
 */
export class AddressMonitor {
  readonly #wake: () => void;
  #child: ChildProcess | undefined;
  #closed = false;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Begins to listen and goes on until `close`. */
  open(): void {
    if (this.#closed) return;
    const child = spawn('ip', ['-oneline', 'monitor', 'address'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    child.stdout.on('data', () => this.#wake());
    child.once('error', () => undefined);
    child.once('close', () => {
      if (this.#closed) return;
      setTimeout(() => {
        this.open();
        // What happened while nobody listened is found by looking.
        this.#wake();
      }, againMilliseconds);
    });
  }

  /** Ends it. */
  close(): void {
    this.#closed = true;
    this.#child?.kill();
  }
}
