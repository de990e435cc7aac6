import type { Frontend } from '../desired/desired-node.ts';
import { grouped } from '../lib/order.ts';
import { printable } from '../lib/printable.ts';
import {
  type ObservedHaproxy,
  type ObservedServer,
  parseChecks,
  whyDown,
} from '../plan/observed.ts';
import { backendsOf } from '../render/haproxy-backup.ts';
import { hostPort } from '../render/host-port.ts';
import { exceptionsPerNodeMax } from '../tables/limits.ts';
import { HaproxySilent, type HaproxySocket } from './haproxy-socket.ts';

/** A server that is to serve and does not here; `why` is HAProxy's, or what its agent says. */
export type ServerDown = {
  readonly service: string;
  readonly port: number;
  /** `10.1.0.7:8080`. */
  readonly server: string;
  readonly why: string;
};

/** What a pod answered to a check may be quoted in it. */
const wordsMax = 200;

/**
 * Which servers fail their checks, with what the last one came to; at most so many that a report
 * can hold them. Nothing while HAProxy does not answer.
 */
export async function serversDown(
  socket: HaproxySocket,
  frontends: readonly Frontend[],
  observed: ObservedHaproxy | undefined,
): Promise<readonly ServerDown[]> {
  const down = [...(observed?.backends.values() ?? [])]
    .flatMap((servers) => [...servers.values()].filter(isDown))
    .slice(0, exceptionsPerNodeMax);
  if (down.length === 0) return [];
  const backends = new Map(frontends.flatMap(backendsOf).map((each) => [each.name, each]));
  const found: ServerDown[] = [];
  for (const [backend, servers] of grouped(down, (server) => server.backend)) {
    const frontend = backends.get(backend);
    if (frontend === undefined) continue;
    const said = await checksOf(socket, servers[0]?.backendId ?? 0);
    const names = new Set(servers.map(({ name }) => name));
    const meant = frontend.servers.filter(
      ({ name, state }) => state === 'ready' && names.has(name),
    );
    for (const { name, address, port } of meant) {
      const server = hostPort(frontend.family, address, port);
      const state = servers.find((each) => each.name === name)?.state ?? 'ready';
      const check = whyDown(said.get(name) ?? 'unknown');
      const why = printable(state === 'ready' ? check : `its own agent says ${state}`, wordsMax);
      found.push({ service: frontend.service, port: frontend.port, server, why });
    }
  }
  return found;
}

// A server without an agent is in another state only as long as it waits for its first check. While
// a check is under way its last result is not told.
function isDown({ state, usable, agent }: ObservedServer): boolean {
  return state === 'ready' ? !usable : agent;
}

async function checksOf(
  socket: HaproxySocket,
  backendId: number,
): Promise<ReadonlyMap<string, string>> {
  try {
    return parseChecks(await socket.ask(`show stat ${backendId} 4 -1`));
  } catch (error) {
    if (error instanceof HaproxySilent) return new Map();
    throw error;
  }
}
