import { rename } from 'node:fs/promises';
import { messageOf } from '../lib/message-of.ts';
import { savedState } from '../plan/saved-state.ts';
import type { ConfigurationFile, Outcome, RuntimeStep, Step } from '../plan/step.ts';
import { commands, isRuntime } from '../plan/step.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import { checkFile } from './check.ts';
import { writeAtomically } from './files.ts';
import { complaint, HaproxySocket, lineBytesMax } from './haproxy-socket.ts';
import { command } from './supervisor-fifo.ts';

/** Removals wait for connections to end; so many wait at the same time. */
const removalsAtOnce = 8;

/** Where a configuration file lies. */
export function pathOf(file: ConfigurationFile, paths: PoolPaths): string {
  return file === 'haproxy.cfg' ? paths.haproxyConfiguration : paths.keepalivedConfiguration;
}

/**
 * Does the steps in order. A file, a saved state or a reload that fails ends it: what follows rests
 * on them. CLI commands are judged one by one and do not stop each other. Outcomes stand in the
 * order of the steps done.
 */
export async function execute(steps: readonly Step[], paths: PoolPaths): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    // Keys come before a plan is made (key-files.ts).
    if (isRuntime(step) || step.kind === 'install-key') continue;
    const detail = await structural(step, paths).catch(messageOf);
    outcomes.push({ step, ok: detail === undefined, detail: detail ?? '' });
    if (detail !== undefined) return outcomes;
  }
  return [...outcomes, ...(await runtime(steps.filter(isRuntime), paths))];
}

async function structural(
  step: Exclude<Step, RuntimeStep | { readonly kind: 'install-key' }>,
  paths: PoolPaths,
): Promise<string | undefined> {
  switch (step.kind) {
    case 'write-file':
      return await installed(step, pathOf(step.file, paths));
    case 'save-server-state': {
      const states = await new HaproxySocket(paths.haproxySocket).ask('show servers state');
      await writeAtomically(paths.serverState, savedState(states));
      return undefined;
    }
    case 'haproxy-reload': {
      const { ok, detail } = await new HaproxySocket(paths.masterSocket).reload();
      return ok ? undefined : detail;
    }
    case 'keepalived-reload':
      // Nobody there to hear it: its container loads the file when it starts.
      await command(paths.keepalivedCommands, 'reload');
      return undefined;
    default:
      return step satisfies never;
  }
}

async function installed(
  { file, text, check }: Extract<Step, { kind: 'write-file' }>,
  path: string,
): Promise<string | undefined> {
  const candidate = `${path}.candidate`;
  await writeAtomically(candidate, text);
  const refusal = check ? await checkFile(file, candidate) : undefined;
  if (refusal === undefined) await rename(candidate, path);
  return refusal;
}

async function runtime(steps: readonly RuntimeStep[], paths: PoolPaths): Promise<Outcome[]> {
  const socket = new HaproxySocket(paths.haproxySocket);
  const quick = steps.filter((step) => step.kind !== 'server-remove');
  const slow = steps.filter((step) => step.kind === 'server-remove');
  const outcomes: Outcome[] = [];
  for (const line of lines(quick)) outcomes.push(...(await sent(socket, line)));
  for (let first = 0; first < slow.length; first += removalsAtOnce) {
    const now = slow.slice(first, first + removalsAtOnce);
    outcomes.push(...(await Promise.all(now.map((step) => sent(socket, [step])))).flat());
  }
  return outcomes;
}

/**
 * Packs steps into lines that HAProxy can read in one go; 1,000 adds in lines of fifty take 57 ms.
 */
export function lines(steps: readonly RuntimeStep[]): RuntimeStep[][] {
  const packed: RuntimeStep[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const step of steps) {
    const more = commands(step).join(';').length + 1;
    if (bytes + more > lineBytesMax) {
      packed.push([]);
      bytes = 0;
    }
    packed.at(-1)?.push(step);
    bytes += more;
  }
  return packed;
}

async function sent(socket: HaproxySocket, line: readonly RuntimeStep[]): Promise<Outcome[]> {
  try {
    const answers = await socket.batch(line.flatMap(commands));
    return judged(line, answers);
  } catch (error) {
    return line.map((step) => ({ step, ok: false, detail: messageOf(error) }));
  }
}

/** Gives every step the answers to its own commands. */
export function judged(line: readonly RuntimeStep[], answers: readonly string[]): Outcome[] {
  let next = 0;
  return line.map((step) => {
    const own = commands(step).map(() => complaint(answers[next++]));
    const wrong = own.filter((text) => text !== undefined);
    return { step, ok: wrong.length === 0, detail: wrong.join('; ') };
  });
}
