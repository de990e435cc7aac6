import { join } from 'node:path';
import { run } from '../../test/lab/command.ts';

/** Closed-loop load: so many connections, each asking again when it was answered. */
export type Load = {
  readonly connections: number;
} & (
  | {
      readonly tool: 'wrk';
      readonly scheme: 'http' | 'https';
      /** A connection for every request; with TLS it takes up the session of the one before. */
      readonly isClosed: boolean;
    }
  /** A connection for every request, and with TLS a session of its own. */
  | { readonly tool: 'ab'; readonly scheme: 'https' }
  | { readonly tool: 'udp' }
);

/** What came of it. */
export type Loaded = {
  readonly requests: number;
  readonly seconds: number;
  readonly failed: number;
};

export type Target = { readonly address: string; readonly port: number };

/** Loads a target for some whole seconds; `around` are words before the command: ip, taskset. */
export async function loadTarget(
  load: Load,
  target: Target,
  of: { readonly seconds: number; readonly around: readonly string[] },
): Promise<Loaded> {
  const command = [...of.around, ...commandOf(load, target, of.seconds)];
  const text = await run(command, { timeoutSeconds: of.seconds + graceSeconds });
  const loaded = parsers[load.tool](text);
  if (loaded === undefined) throw new Error(`${command.join(' ')} said:\n${text}`);
  return loaded;
}

/** A client that is not done so long after its time hangs. */
const graceSeconds = 30;

/** More requests than ab makes in a second: it sets memory aside for each. */
const abRequestsPerSecondMax = 50_000;

function commandOf(load: Load, { address, port }: Target, seconds: number): string[] {
  const { connections, tool } = load;
  switch (tool) {
    case 'wrk': {
      const closed = load.isClosed ? ['-H', 'Connection: close'] : [];
      const url = `${load.scheme}://${address}:${port}/`;
      return ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, ...closed, url];
    }
    case 'ab': {
      const most = ['-t', `${seconds}`, '-n', `${seconds * abRequestsPerSecondMax}`];
      const url = `${load.scheme}://${address}:${port}/`;
      return ['ab', '-q', ...most, '-c', `${connections}`, url];
    }
    case 'udp': {
      const program = join(import.meta.dirname, 'udp-client.ts');
      const words = [address, port, seconds, connections].map(String);
      return [process.execPath, program, ...words];
    }
    default:
      return tool satisfies never;
  }
}

type Parser = (text: string) => Loaded | undefined;

const parsers: Readonly<Record<Load['tool'], Parser>> = {
  wrk: (text) => {
    const [, requests, time, unit] = /^ +(\d+) requests in ([0-9.]+)(ms|s|m),/m.exec(text) ?? [];
    if (requests === undefined) return undefined;
    const seconds = Number(time) * ({ ms: 0.001, s: 1, m: 60 }[unit ?? 's'] ?? 1);
    const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(
      text,
    );
    const refused = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0;
    const failed = (errors?.slice(1) ?? []).reduce((sum, each) => sum + Number(each), 0);
    return { requests: Number(requests), seconds, failed: failed + Number(refused) };
  },
  ab: (text) => {
    const figure = (name: string) => new RegExp(`^${name}: +([0-9.]+)`, 'm').exec(text)?.[1];
    const requests = figure('Complete requests');
    if (requests === undefined) return undefined;
    const failed = Number(figure('Failed requests')) + Number(figure('Non-2xx responses') ?? 0);
    return { requests: Number(requests), seconds: Number(figure('Time taken for tests')), failed };
  },
  udp: (text) => JSON.parse(text) as Loaded,
};
