import { rename } from 'node:fs/promises';
import { messageOf } from '../lib/message-of.ts';
import { savedState } from '../plan/saved-state.ts';
import type { ConfigurationFile, Outcome, RuntimeStep, Step } from '../plan/step.ts';
import { isRuntime } from '../plan/step.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import { checkFile } from './check.ts';
import { lines, sent } from './cli-lines.ts';
import { writeAtomically } from './files.ts';
import { HaproxySocket } from './haproxy-socket.ts';
import { isRemoval, Removals } from './removals.ts';
import { command } from './supervisor-fifo.ts';

/** Where a configuration file lies. */
export function pathOf(file: ConfigurationFile, paths: PoolPaths): string {
  return file === 'haproxy.cfg' ? paths.haproxyConfiguration : paths.keepalivedConfiguration;
}

/**
 * Does the steps in order. A file, a saved state or a reload that fails ends it: what follows rests
 * on them. CLI commands are judged one by one and do not stop each other. Outcomes stand in the
 * order of the steps done; a removal that waits for its connections has none yet.
 */
export async function execute(
  steps: readonly Step[],
  paths: PoolPaths,
  removals = new Removals(paths.haproxySocket),
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    // Keys come before a plan is made (key-files.ts).
    if (isRuntime(step) || step.kind === 'install-key') continue;
    const detail = await structural(step, paths).catch(messageOf);
    outcomes.push({ step, ok: detail === undefined, detail: detail ?? '' });
    if (detail !== undefined) return outcomes;
  }
  const socket = new HaproxySocket(paths.haproxySocket);
  const told = steps.filter(isRuntime);
  for (const line of lines(told.filter((step) => !isRemoval(step)))) {
    outcomes.push(...(await sent(socket, line)));
  }
  return [...outcomes, ...(await removals.run(told.filter(isRemoval)))];
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
