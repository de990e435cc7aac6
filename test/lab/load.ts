import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { LabClient } from './client.ts';
import { LabError } from './lab-error.ts';
import { type LoadResult, parseSample, type Sample, summarize } from './load-summary.ts';

/** What an open-loop client asks, and how often; times in milliseconds. */
export type LoadTarget = {
  readonly address: string;
  readonly port: number;
  readonly path?: string;
  /** A new connection this often, 10 ms unless told otherwise, whatever became of those before. */
  readonly everyMs?: number;
  /** From the first packet to the end of the answer; 100 ms unless told otherwise. */
  readonly timeoutMs?: number;
};

/** A running load. */
export type Load = {
  /** Begins the window of `stop`: what ended before it is not counted. */
  mark(): void;
  /** Ends the load; answers what was seen since the mark, or since the start. */
  stop(): Promise<LoadResult>;
};

/** Starts an open-loop client outside the cluster; answers when its first request has ended. */
export async function startLoad(client: LabClient, target: LoadTarget): Promise<Load> {
  const flags = {
    '--address': target.address,
    '--port': target.port,
    '--path': target.path ?? '/hostname',
    '--every-ms': target.everyMs ?? 10,
    '--timeout-ms': target.timeoutMs ?? 100,
  };
  const program = `${import.meta.dirname}/load-client.ts`;
  const child = client.spawn([
    ...[process.execPath, program, '--while-stdin'],
    ...Object.entries(flags).map(([flag, value]) => `${flag}=${value}`),
  ]);
  const samples: Sample[] = [];
  if (child.stdout === null) throw new LabError('LAB_COMMAND_FAILED', 'the load has no stdout');
  const lines = createInterface({ input: child.stdout });
  const ended = once(lines, 'close');
  lines.on('line', (line) => {
    const sample = parseSample(line);
    if (sample !== undefined) samples.push(sample);
  });
  await Promise.race([once(lines, 'line'), ended]);
  let fromMs = nowMs();
  return {
    mark: () => {
      fromMs = nowMs();
    },
    stop: async () => {
      const toMs = nowMs();
      child.stdin?.end();
      await ended;
      if (samples.length > 0) return summarize(samples, { fromMs, toMs });
      throw new LabError('LAB_COMMAND_FAILED', 'the load ended before its first request');
    },
  };
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
