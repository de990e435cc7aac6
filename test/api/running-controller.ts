import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../../tools/bundle.ts';
import { accounts, tokenFor } from './installed.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { killDaemon, startDaemon } from './process-tree.ts';
import type { ApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

export type ControllerOptions = {
  /** The API server's address; a proxy's where a test stands between. */
  readonly server?: string;
  /** More flags; they win over those of the fixture. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Its ServiceAccount's token; one that a test replaces stays in the file. */
  readonly token?: string;
};

/** One run of `fairlead controller`. */
export type RunningController = {
  readonly name: string;
  /** Put another token into it, as kubelet does. */
  readonly tokenFile: string;
  /** Lines of its log so far. */
  log(): readonly LogLine[];
  /** The log as it was written. */
  rawLog(): string;
  /** Waits for a line of its log with this event. */
  logged(event: string, boundMs?: number): Promise<void>;
  isRunning(): boolean;
  /** One line for the message of a test that waited in vain. */
  state(): string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, as kubelet ends a pod; resolves with the exit status. */
  end(): Promise<number | null>;
};

export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

/** A fifth of the chart's, for tests that wait until a leader's time has run out. */
export const hastyTiming = {
  'lease-duration-seconds': '3',
  'lease-renew-deadline-seconds': '2',
  'lease-retry-period-seconds': '1',
};

let started = 0;

/** The shipped form: it starts in a quarter of the sources' time, and these tests start many. */
async function programIn(directory: string): Promise<string> {
  const file = join(directory, 'fairlead.mjs');
  if (!existsSync(file)) await bundle(directory);
  return file;
}

/** Starts the real program with the rights that deploy/install.yaml gives to its account. */
export async function startController(
  api: ApiServer,
  options: ControllerOptions = {},
): Promise<RunningController> {
  started += 1;
  const name = `controller-${started}`;
  const tokenFile = join(api.directory, `${name}.token`);
  writeFileSync(tokenFile, options.token ?? (await tokenFor(api, accounts.controller)));
  const server = options.server ?? api.url;
  const flags = {
    kubeconfig: writeKubeconfig(api.directory, { name, server, tokenFile }),
    image: 'fairlead.local/fairlead:test',
    identity: name,
    'http-address': '127.0.0.1:0',
    ...options.flags,
  };
  const words = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  const logFile = join(api.directory, `${name}.log`);
  const program = await programIn(api.directory);
  const child = startDaemon([process.execPath, program, 'controller', ...words], logFile);
  return { name, tokenFile, ...controlsOf(child, logFile) };
}

function controlsOf(
  child: ChildProcess,
  logFile: string,
): Omit<RunningController, 'name' | 'tokenFile'> {
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const log = (): LogLine[] => linesOf(logFile);
  return {
    log,
    rawLog: () => read(logFile),
    isRunning,
    logged: (event, boundMs) =>
      waitUntil(
        `the controller logs ${event}`,
        () => {
          if (log().some((line) => line.event === event)) return true;
          if (!isRunning()) throw new Error(`it ended: ${JSON.stringify(log().slice(-3))}`);
          return false;
        },
        boundMs,
      ),
    state: () => {
      const ending = isRunning() ? 'runs' : `has ended (${child.exitCode ?? child.signalCode})`;
      return `the controller ${ending}: ${JSON.stringify(log().slice(-3))}`;
    },
    kill: () => killDaemon(child),
    end: async () => {
      const gone = once(child, 'exit');
      if (isRunning()) {
        child.kill('SIGTERM');
        await gone;
      }
      return child.exitCode;
    },
  };
}

function linesOf(logFile: string): LogLine[] {
  // What follows the last newline is still being written.
  return read(logFile)
    .split('\n')
    .slice(0, -1)
    .map((line) => (line.startsWith('{') ? JSON.parse(line) : { event: line }));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
