import * as z from 'zod';
import type { DesiredHaproxy, Frontend } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import { isSame } from '../lib/same.ts';
import { withoutServers } from '../render/haproxy-backup.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import { readIfThere, writeAtomically } from './files.ts';

/**
 * What HAProxy last took, its frontends by name: a Service whose new configuration it refuses keeps
 * its old one, and so do all of them when nobody can be blamed; also over a restart of the agent.
 */
export class LastGoodFrontends {
  readonly #file: string;
  #isOpen = false;
  #byName: ReadonlyMap<string, Frontend> = new Map();
  /** All but the frontends; an earlier version did not keep it. */
  #rest: Omit<DesiredHaproxy, 'frontends'> | undefined;
  #structure = '';

  constructor({ keepDirectory }: PoolPaths) {
    this.#file = `${keepDirectory}/frontends.json`;
  }

  /** Reads what an earlier agent kept; call before `insteadOf`. */
  async open(): Promise<void> {
    if (!this.#isOpen) this.#take(parsed(await readIfThere(this.#file)));
  }

  /** The frontend as it was taken, with the servers of now; undefined when none was. */
  insteadOf({ name, address, servers, backup }: Frontend): Frontend | undefined {
    const good = this.#byName.get(name);
    if (good?.address !== address) return undefined;
    const spare = good.backup && { ...good.backup, servers: backup?.servers ?? [] };
    return { ...good, servers, ...(spare && { backup: spare }) };
  }

  /** All that was taken, with the servers of now: who is not wanted any more has none. */
  insteadOfAll(desired: DesiredHaproxy): DesiredHaproxy {
    const wanted = new Map(desired.frontends.map((frontend) => [frontend.name, frontend]));
    const taken = [...this.#byName.values()].map((good) => {
      return this.insteadOf(wanted.get(good.name) ?? good) ?? good;
    });
    const unknown = desired.frontends.filter(({ name }) => !this.#byName.has(name));
    return { ...(this.#rest ?? desired), frontends: [...taken, ...unknown] };
  }

  /** The Services of which other frontends run than these, servers apart. */
  changed(frontends: readonly Frontend[]): string[] {
    const names = new Set(frontends.map(({ name }) => name));
    const gone = [...this.#byName.values()].filter(({ name }) => !names.has(name));
    const other = frontends.filter(
      (frontend) => !isSame(withoutServers(frontend), this.#byName.get(frontend.name)),
    );
    return [...new Set([...gone, ...other].map(({ service }) => service))].toSorted(byText);
  }

  /** Remembers what runs with this structure; servers are not part of it. */
  async keep(structure: string, haproxy: DesiredHaproxy): Promise<void> {
    if (structure === this.#structure) return;
    const { frontends: all, ...rest } = haproxy;
    const frontends = all.map(withoutServers);
    await writeAtomically(this.#file, JSON.stringify({ ...rest, frontends }));
    this.#take({ frontends, rest });
    this.#structure = structure;
  }

  #take({ frontends, rest }: Taken): void {
    this.#isOpen = true;
    this.#rest = rest;
    this.#byName = new Map(frontends.map((frontend) => [frontend.name, frontend]));
  }
}

type Taken = {
  readonly frontends: readonly Frontend[];
  readonly rest?: Omit<DesiredHaproxy, 'frontends'>;
};

/** What another version wrote may have other fields: HAProxy’s own check has the last word. */
const frontends = z
  .array(
    z.custom<Frontend>((value) => typeof value === 'object' && value !== null && 'name' in value),
  )
  .transform((all) => all.filter((frontend) => !wasRedirected(frontend)));

/** As an earlier version wrote it, without the port: it would serve in the clear. */
function wasRedirected({ http }: Frontend): boolean {
  return http !== undefined && 'isRedirected' in http;
}

const peers = z.object({
  local: z.string(),
  members: z.array(
    z.object({
      node: z.string(),
      family: z.enum(['IPv4', 'IPv6']),
      address: z.string(),
      port: z.number(),
    }),
  ),
});
const alone = frontends.transform((each): Taken => ({ frontends: each }));
const whole = z
  .object({ maxConnections: z.number(), peers: peers.exactOptional(), frontends })
  .transform(({ frontends: each, ...rest }): Taken => ({ frontends: each, rest }));
const shape = z.union([whole, alone]);

function parsed(text: string): Taken {
  try {
    return shape.parse(JSON.parse(text === '' ? '[]' : text));
  } catch {
    return { frontends: [] };
  }
}
