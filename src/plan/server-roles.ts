import type { DesiredHaproxy, Server } from '../desired/desired-node.ts';
import { backendsOf } from '../render/haproxy-backup.ts';
import { isSpare, weightOf } from '../render/haproxy-roles.ts';
import type { ObservedHaproxy, ObservedServer } from './observed.ts';
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
  const running = new Map(observed.servers.map((server) => [key(server.backend, server), server]));
  const isOther = (backend: string, server: Server) => {
    const now = running.get(key(backend, server));
    return now !== undefined && hasRole(server) && now.isSpare !== isSpare(server);
  };
  return desired.frontends
    .flatMap(backendsOf)
    .filter(({ name, servers }) => servers.some((server) => isOther(name, server)))
    .map(({ name }) => name);
}

/** What brings a server to its weight; nothing when it has it. */
export function weightSteps(backend: string, server: Server, now: ObservedServer): readonly Step[] {
  const weight = weightOf(server);
  if (!hasRole(server) || now.weight === weight) return [];
  return [{ kind: 'server-weight', backend, server: server.name, weight }];
}

/** Who ends soon plays on the part that it has. */
function hasRole({ state, role }: Server): boolean {
  return state === 'ready' && role !== 'Kept';
}

function key(backend: string, { name }: { readonly name: string }): string {
  return `${backend}/${name}`;
}
