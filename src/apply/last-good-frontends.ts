import * as z from 'zod';
import type { Frontend } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import { isSame } from '../lib/same.ts';
import { withoutServers } from '../render/haproxy-backup.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import { readIfThere, writeAtomically } from './files.ts';

/**
 * The frontends that HAProxy last took, by name: a Service whose new configuration it refuses keeps
 * its old one, also over a restart of the agent.
 */
export class LastGoodFrontends {
  readonly #file: string;
  #byName: ReadonlyMap<string, Frontend> | undefined;
  #structure = '';

  constructor({ keepDirectory }: PoolPaths) {
    this.#file = `${keepDirectory}/frontends.json`;
  }

  /** Reads what an earlier agent kept; call before `insteadOf`. */
  async open(): Promise<void> {
    this.#byName ??= byName(parsed(await readIfThere(this.#file)));
  }

  /** The frontend as it was taken, with the servers of now; undefined when none was. */
  insteadOf({ name, address, servers, backup }: Frontend): Frontend | undefined {
    const good = this.#byName?.get(name);
    if (good?.address !== address) return undefined;
    const spare = good.backup && { ...good.backup, servers: backup?.servers ?? [] };
    return { ...good, servers, ...(spare && { backup: spare }) };
  }

  /** The Services of which other frontends run than these, servers apart. */
  changed(frontends: readonly Frontend[]): string[] {
    const kept = this.#byName ?? new Map<string, Frontend>();
    const names = new Set(frontends.map(({ name }) => name));
    const gone = [...kept.values()].filter(({ name }) => !names.has(name));
    const other = frontends.filter(
      (frontend) => !isSame(withoutServers(frontend), kept.get(frontend.name)),
    );
    return [...new Set([...gone, ...other].map(({ service }) => service))].toSorted(byText);
  }

  /** Remembers what runs with this structure; servers are not part of it. */
  async keep(structure: string, frontends: readonly Frontend[]): Promise<void> {
    if (structure === this.#structure) return;
    const bare = frontends.map(withoutServers);
    await writeAtomically(this.#file, JSON.stringify(bare));
    this.#byName = byName(bare);
    this.#structure = structure;
  }
}

function byName(frontends: readonly Frontend[]): ReadonlyMap<string, Frontend> {
  return new Map(frontends.map((frontend) => [frontend.name, frontend]));
}

/** What another version wrote may have other fields: HAProxy’s own check has the last word. */
const shape = z.array(
  z.custom<Frontend>((value) => typeof value === 'object' && value !== null && 'name' in value),
);

function parsed(text: string): readonly Frontend[] {
  try {
    return shape.parse(JSON.parse(text === '' ? '[]' : text));
  } catch {
    return [];
  }
}
