import { readFileSync } from 'node:fs';

/**
 * From this share of the time on in which a task that could run waited for a CPU, an answer that is
 * late tells of the node and not of who is asked.
 */
const starvedShare = 0.6;

/** How short of CPU time this node is, by the kernel's pressure stall information (PSI). */
export class CpuPressure {
  readonly #read: () => string;
  readonly #now: () => number;
  #waited = 0;
  #since = 0;

  /** `now` in milliseconds; `read` gives /proc/pressure/cpu, which not every kernel has. */
  constructor(
    read = () => readFileSync('/proc/pressure/cpu', 'utf8'),
    now = () => performance.now(),
  ) {
    this.#read = read;
    this.#now = now;
    this.isStarved();
  }

  /** Whether it was starved since the last call; never where the kernel does not say. */
  isStarved(): boolean {
    const waited = this.#waitedMilliseconds();
    const now = this.#now();
    const share = (waited - this.#waited) / Math.max(1, now - this.#since);
    this.#waited = waited;
    this.#since = now;
    return share >= starvedShare;
  }

  #waitedMilliseconds(): number {
    try {
      return Number(/^some .* total=(\d+)$/m.exec(this.#read())?.[1] ?? 0) / 1_000;
    } catch {
      return 0;
    }
  }
}
