import type { DesiredHaproxy } from '../desired/desired-node.ts';
import { allBackendsOf } from '../render/haproxy-backup.ts';
import { isWritten } from '../render/haproxy-roles.ts';
import { pipesMax } from '../tables/limits.ts';

/** What the supervisor of HAProxy found and gave it when it started it. */
export type ContainerLimits = {
  /** File descriptors that a process of the container may have. */
  readonly descriptors: number;
  /** Connections on HAProxy's command line, which then count; undefined: the file's. */
  readonly connections: number | undefined;
  readonly threads: number;
};

/** Reads the file `limits` of the supervisor; undefined where there is none. */
export function parseLimits(text: string): ContainerLimits | undefined {
  const figure = (name: string) => Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  const descriptors = figure('descriptors');
  if (descriptors === 0) return undefined;
  const connections = figure('connections');
  return {
    ...{ descriptors, threads: Math.max(1, figure('threads')) },
    connections: connections === 0 ? undefined : connections,
  };
}

/** Measured of HAProxy 3.0.11: 44 and three a thread; the rest is for peers and what is to come. */
const descriptorsOfItself = 100;
const descriptorsPerThread = 3;

/** Descriptors for which HAProxy asks as it loads a file: it does not start with fewer. */
export function descriptorsWanted(
  { maxConnections, frontends }: DesiredHaproxy,
  { connections = maxConnections, threads }: ContainerLimits,
): number {
  const own = descriptorsOfItself + threads * descriptorsPerThread + 2 * pipesMax;
  return 2 * connections + serversOf(frontends) + frontends.length + own;
}

/** Why HAProxy would not load the file, in words; undefined: it has descriptors enough. */
export function descriptorsLack(
  haproxy: DesiredHaproxy,
  limits: ContainerLimits | undefined,
): string | undefined {
  if (limits === undefined) return undefined;
  const wanted = descriptorsWanted(haproxy, limits);
  if (wanted <= limits.descriptors) return undefined;
  const { frontends, maxConnections } = haproxy;
  const servers = serversOf(frontends);
  return [
    `HAProxy needs ${wanted} file descriptors, two for each of ${limits.connections ?? maxConnections}`,
    `connections, one for each of ${servers} servers and ${frontends.length} ports, and its container may`,
    `have ${limits.descriptors}: raise LimitNOFILE of the container runtime; a restart of the pod`,
    'lets it take fewer connections',
  ].join(' ');
}

function serversOf(frontends: DesiredHaproxy['frontends']): number {
  return frontends
    .flatMap(allBackendsOf)
    .reduce((sum, { servers }) => sum + servers.filter(isWritten).length, 0);
}
