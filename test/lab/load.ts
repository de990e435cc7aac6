import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LabClient } from './client.ts';
import { LabError } from './lab-error.ts';
import { type LoadResult, parseSample, type Sample, summarize } from './load-summary.ts';
import { waitFor } from './wait-for.ts';

/** What an open-loop client asks, and how often; times in milliseconds. */
export type LoadTarget = {
  readonly address: string;
  readonly port: number;
  readonly path?: string;
  /** Speaks TLS and asks for this name; answers are counted by certificate, not by replica. */
  readonly tlsName?: string;
  /** A new connection this often, 10 ms unless told otherwise, whatever became of those before. */
  readonly everyMs?: number;
  /** From the first packet to the end of the answer; 100 ms unless told otherwise. */
  readonly timeoutMs?: number;
};

/**
 * Starts an open-loop client in the client's network; answers when its first request has ended,
 * well or badly.
 */
export async function startLoad(client: LabClient, target: LoadTarget): Promise<Load> {
  const flags = {
    '--address': target.address,
    '--port': target.port,
    '--path': target.path ?? '/hostname',
    '--every-ms': target.everyMs ?? 10,
    '--timeout-ms': target.timeoutMs ?? 100,
  };
  const child = client.spawn([
    // Two cores carry the whole cluster: a client that waits for its turn would measure that.
    ...['nice', '-n', '-10', process.execPath],
    ...[join(import.meta.dirname, 'load-client.ts'), '--while-stdin'],
    ...Object.entries(flags).map(([flag, value]) => `${flag}=${value}`),
    ...(target.tlsName === undefined ? [] : [`--tls-name=${target.tlsName}`]),
  ]);
  const load = new Load(child);
  await load.waitForRequests(1);
  // The client's own start is no part of what it measures.
  load.mark();
  return load;
}

/** A running load. */
export class Load {
  readonly #child: ChildProcess;
  #samples: Sample[] = [];
  readonly #ended: Promise<unknown>;
  #fromMs = nowMs();

  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new LabError('LAB_COMMAND_FAILED', 'the load has no stdout');
    const lines = createInterface({ input: child.stdout });
    // Of the lines, not of the process: what it printed last is read after its end.
    this.#ended = once(lines, 'close');
    lines.on('line', (line) => {
      const sample = parseSample(line);
      if (sample !== undefined) this.#samples.push(sample);
    });
  }

  /**
   * Begins a new window here: `since` and `stop` look at what ends after the last mark. What ended
   * before is forgotten but for the last success, where the gap that is open now began.
   */
  mark(): void {
    this.#fromMs = nowMs();
    const last = this.#samples.findLast(({ outcome }) => outcome.kind === 'ok');
    this.#samples = last === undefined ? [] : [last];
  }

  /** What was seen since the last mark. */
  since(): LoadResult {
    return summarize(this.#samples, { fromMs: this.#fromMs, toMs: nowMs() });
  }

  /** Waits until that many requests have ended since the last mark. */
  async waitForRequests(count: number): Promise<void> {
    const fromMs = this.#fromMs;
    const wanted = { what: `${count} requests of the load to end`, boundSeconds: 10 + count / 20 };
    await waitFor(wanted, async () => {
      const ended = this.#samples.filter(({ endMs }) => endMs >= fromMs).length;
      return ended >= count || `${ended} have ended${this.#statusSoFar()}`;
    });
  }

  /** Stops asking, waits for what is out, and answers what was seen since the last mark. */
  async stop(): Promise<LoadResult> {
    const toMs = nowMs();
    this.#child.stdin?.end();
    await this.#ended;
    return summarize(this.#samples, { fromMs: this.#fromMs, toMs });
  }

  #statusSoFar(): string {
    const { exitCode } = this.#child;
    return exitCode === null ? '' : `; the load has ended with status ${exitCode}`;
  }
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
