import type { Frontend } from '../desired/desired-node.ts';
import { grouped } from '../lib/order.ts';
import { printable } from '../lib/printable.ts';
import { type ObservedHaproxy, parseChecks } from '../plan/observed.ts';
import { backendsOf } from '../render/haproxy-backup.ts';
import { hostPort } from '../render/host-port.ts';
import { exceptionsPerNodeMax } from '../tables/limits.ts';
import { HaproxySilent, type HaproxySocket } from './haproxy-socket.ts';

/** A server that is to serve and fails its check here; `why` is HAProxy's. */
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
  const down = (observed?.servers ?? [])
    .filter(({ state, usable, checked }) => state === 'ready' && checked && !usable)
    .slice(0, exceptionsPerNodeMax);
  const found: ServerDown[] = [];
  for (const [backend, servers] of grouped(down, (server) => server.backend)) {
    const frontend = frontends.flatMap(backendsOf).find(({ name }) => name === backend);
    if (frontend === undefined) continue;
    const said = await checksOf(socket, servers[0]?.backendId ?? 0);
    const names = new Set(servers.map(({ name }) => name));
    for (const { name, address, port } of frontend.servers.filter((each) => names.has(each.name))) {
      const server = hostPort(frontend.family, address, port);
      const why = printable(said.get(name) ?? 'unknown', wordsMax);
      found.push({ service: frontend.service, port: frontend.port, server, why });
    }
  }
  return found;
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
