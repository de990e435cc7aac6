import type { DesiredHaproxy, Frontend, Server } from '../desired/desired-node.ts';
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
  const isOther = (running: RunningServers, server: Server) => {
    const now = running.get(server.name);
    return now !== undefined && hasRole(server) && now.isSpare !== isSpare(server);
  };
  return desired.frontends
    .flatMap(backendsOf)
    .filter(({ name, servers }) => {
      const running = backends.get(name) ?? noServers;
      return servers.some((server) => isOther(running, server));
    })
    .map(({ name }) => name);
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

/** Who ends soon plays on the part that it has. */
function hasRole({ state, role }: Server): boolean {
  return state === 'ready' && role !== 'Kept';
}
