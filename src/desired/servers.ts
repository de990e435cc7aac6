import { by } from '../lib/order.ts';
import type { SelectedEndpoint } from '../model/select-endpoints.ts';
import { type SideShare, shareWeights } from '../model/share-weights.ts';
import { formatAddress, vipName } from '../net/format-address.ts';
import type { Server, ServerRole } from './desired-node.ts';
import type { PortServers } from './port-servers.ts';

/** What a server is beside where it is. */
type Part = Pick<Server, 'role' | 'weight' | 'isCanary'>;

/**
 * The servers of a backend in order of their names, own and canary, each with its share.
 * `isRemembered`: clients keep their servers.
 */
export function serversOf(
  { own, canary }: Pick<PortServers, 'own' | 'canary'>,
  isRemembered: boolean,
): readonly Server[] {
  const others = canary?.endpoints ?? [];
  const share = partsOf(own, others, canary?.percent ?? 0);
  const servers = [
    ...plainServers(own, isRemembered).map(withPart(share.own)),
    ...plainServers(others, isRemembered).map(withPart(share.other, { isCanary: true })),
  ];
  return servers.toSorted(by(({ name }) => name));
}

/** Servers by the order of their names, with the roles that they have as endpoints. */
export function plainServers(
  endpoints: readonly SelectedEndpoint[],
  isRemembered: boolean,
): readonly Server[] {
  return endpoints.map((one) => oneServer(one, isRemembered)).toSorted(by(({ name }) => name));
}

/** The same on every node, whatever the order of arrival (dataplane.md section 5, affinity). */
function oneServer(endpoint: SelectedEndpoint, isRemembered: boolean): Server {
  const text = vipName(endpoint.address).replaceAll('.', '-');
  // Who drains plays no part any more.
  const role = endpoint.state === 'ready' ? roles[endpoint.turn] : undefined;
  return {
    name: `${text}_${endpoint.port}`,
    address: formatAddress(endpoint.address),
    port: endpoint.port,
    state: endpoint.state === 'drain' && isRemembered ? 'maint' : endpoint.state,
    ...(role !== undefined && { role }),
  };
}

const roles: Readonly<Record<SelectedEndpoint['turn'], ServerRole | undefined>> = {
  First: undefined,
  Second: 'Spare',
  Third: 'LastSpare',
  Kept: 'Kept',
};

type SideParts = 'Spare' | SideShare | undefined;

/** Who gets how much: undefined where each server gets as much as any other. */
function partsOf(
  own: readonly SelectedEndpoint[],
  others: readonly SelectedEndpoint[],
  percent: number,
): { readonly own: SideParts; readonly other: SideParts } {
  const [ours, theirs] = [readyOf(own), readyOf(others)];
  if (theirs === 0) return { own: undefined, other: undefined };
  if (percent === 0) return { own: undefined, other: { weight: 0, count: 0 } };
  if (ours === 0) return { own: undefined, other: undefined };
  if (percent === 100) return { own: 'Spare', other: undefined };
  return shareWeights(percent, { own: ours, other: theirs });
}

function readyOf(endpoints: readonly SelectedEndpoint[]): number {
  return endpoints.filter(({ state }) => state === 'ready').length;
}

/** The first of a side, in order of their names, take its share. */
function withPart(parts: SideParts, more: Part = {}): (server: Server) => Server {
  let taking = 0;
  return (server) => {
    if (parts === undefined || server.state !== 'ready') return { ...server, ...more };
    if (parts === 'Spare') return { ...server, role: server.role ?? 'Spare', ...more };
    taking += 1;
    const weight = taking <= parts.count ? parts.weight : 0;
    return { ...server, ...(weight !== 1 && { weight }), ...more };
  };
}
