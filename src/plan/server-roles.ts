import type { DesiredHaproxy, Frontend, Server } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import { backendsOf } from '../render/haproxy-backup.ts';
import { isSpare, weightOf } from '../render/haproxy-roles.ts';
import {
  noServers,
  type ObservedHaproxy,
  type ObservedServer,
  type RunningServers,
} from './observed.ts';
import type { Step } from './step.ts';

/**
 * Backends with a server that runs as a spare and is none any more, or the other way round, sorted
 * as they are desired. No command makes one the other; to remove and add it would cut its
 * connections, and a reload does not.
 */
export function backendsOfOtherRoles(
  desired: DesiredHaproxy,
  observed: ObservedHaproxy,
): readonly string[] {
  const { backends } = observed;
  const hasOther = (running: RunningServers, server: Server) => {
    const now = running.get(server.name);
    return now !== undefined && isOther(server, now);
  };
  return desired.frontends
    .flatMap(backendsOf)
    .filter(({ name, servers }) => {
      const running = backends.get(name) ?? noServers;
      return servers.some((server) => hasOther(running, server));
    })
    .map(({ name }) => name);
}

/** The Services of those backends, sorted: a reload for their parts is charged to them. */
export function servicesOfOtherRoles(
  desired: DesiredHaproxy,
  observed: ObservedHaproxy,
): readonly string[] {
  const others = new Set(backendsOfOtherRoles(desired, observed));
  const changed = desired.frontends.filter((frontend) =>
    backendsOf(frontend).some(({ name }) => others.has(name)),
  );
  return [...new Set(changed.map(({ service }) => service))].toSorted(byText);
}

/** The frontend with its servers in the parts that they run in: what takes no reload. */
export function inRunningRoles(frontend: Frontend, { backends }: ObservedHaproxy): Frontend {
  const inRoles = ({ name, servers }: Frontend) =>
    servers.map((server) => inRole(server, backends.get(name)?.get(server.name)));
  const [own = [], others = []] = backendsOf(frontend).map(inRoles);
  const { backup } = frontend;
  return { ...frontend, servers: own, ...(backup && { backup: { ...backup, servers: others } }) };
}

function inRole(server: Server, now: ObservedServer | undefined): Server {
  if (now === undefined || !isOther(server, now)) return server;
  const { role: _, ...rest } = server;
  return now.isSpare ? { ...rest, role: 'Spare' } : rest;
}

/** What brings a server to its weight; nothing when it has it. */
export function weightSteps(
  frontend: Frontend,
  server: Server,
  now: ObservedServer,
): readonly Step[] {
  const weight = weightOf(server, frontend);
  if (!hasRole(server) || now.weight === weight) return [];
  return [{ kind: 'server-weight', backend: frontend.name, server: server.name, weight }];
}

function isOther(server: Server, now: ObservedServer): boolean {
  return hasRole(server) && now.isSpare !== isSpare(server);
}

/** Who ends soon plays on the part that it has. */
function hasRole({ state, role }: Server): boolean {
  return state === 'ready' && role !== 'Kept';
}
