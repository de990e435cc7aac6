import { spawn } from 'node:child_process';
import { LabError } from './lab-error.ts';

/** How a command is run; `timeoutSeconds` is 60 unless told otherwise. */
export type CommandOptions = {
  readonly stdin?: string;
  readonly timeoutSeconds?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Receives stderr as it comes, for programs that show progress there. */
  readonly onStderr?: (text: string) => void;
};

/** How a command ended. */
export type CommandOutcome = {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs a command and answers its stdout; throws LAB_COMMAND_FAILED with the end of its stderr. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await outcomeOf(argv, options);
  if (status === 0) return stdout;
  const said = (stderr || stdout).trim().slice(-saidMax);
  const text = `"${shown(argv)}" ended with status ${status}: ${said || '(it said nothing)'}`;
  throw new LabError('LAB_COMMAND_FAILED', text);
}

/**
 * Runs a command and answers how it ended, whatever the status; throws only on time-out or a
 * missing program.
 */
export function outcomeOf(
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandOutcome>();
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const seconds = options.timeoutSeconds ?? 60;
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    reject(new LabError('LAB_COMMAND_TIMEOUT', `"${shown(argv)}" took more than ${seconds} s`));
  }, seconds * 1000);
  const stdout = collected(child.stdout);
  const stderr = collected(child.stderr, options.onStderr);
  child.on('error', (cause) => {
    clearTimeout(timer);
    reject(
      new LabError('LAB_COMMAND_FAILED', `cannot run ${program}: ${cause.message}`, { cause }),
    );
  });
  child.on('close', (code) => {
    clearTimeout(timer);
    resolve({ status: code ?? 128, stdout: stdout(), stderr: stderr() });
  });
  // A command that ends without reading its input must not end us (EPIPE).
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  return promise;
}

/** Characters of a failing command's output that are repeated in the error. */
const saidMax = 2000;

/** Characters kept of one stream: a ruleset or a pod's log, not a flood. */
const keptMax = 64 * 1024 * 1024;

function collected(stream: NodeJS.ReadableStream, also?: (text: string) => void): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (piece: string) => {
    also?.(piece);
    if (text.length < keptMax) text += piece;
  });
  return () => text;
}

function shown(argv: readonly string[]): string {
  const line = argv.join(' ');
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
