import type { EndpointSlice, Service, ServicePort } from '../model/objects.ts';
import {
  type DroppedEndpoint,
  type EndpointQuery,
  type SelectedEndpoint,
  selectEndpoints,
} from '../model/select-endpoints.ts';
import type { ServiceSettings } from '../model/service-settings.ts';
import type { Place } from '../model/topology.ts';
import { vipName } from '../net/format-address.ts';
import { serversPerServiceMax } from '../tables/limits.ts';
import type { OtherService } from './desired-node.ts';

/** Another Service of the namespace, with its endpoints. */
export type OtherEndpoints = OtherService & { readonly endpoints: readonly SelectedEndpoint[] };

/** Who serves one port and family of a Service. */
export type PortServers = {
  readonly own: readonly SelectedEndpoint[];
  readonly canary?: OtherEndpoints & { readonly percent: number };
  readonly backup?: OtherEndpoints;
  readonly notes: readonly DroppedEndpoint[];
};

export type PortQuery = Pick<EndpointQuery, 'port' | 'family' | 'isVip'> & {
  readonly service: Service;
  readonly settings: ServiceSettings;
  readonly place: Place;
  readonly slicesOf: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** How many servers the port may have. */
  readonly room: number;
};

/**
 * The endpoints of a port: the Service's own, then those of the Services that its settings name, as
 * long as there is room: the first ones, which are the same on every node.
 */
export function portServers(query: PortQuery): PortServers {
  const { service, settings, port, room } = query;
  const canaryName = sharesWith(port.protocol, settings);
  const backupName = settings['backup-service'];
  const isPlain = settings.topology === 'Ignored' || canaryName !== undefined;
  const place = isPlain ? undefined : query.place;
  const own = endpointsOf({ ...query, place }, service.name);
  const canary = canaryName === undefined ? undefined : other({ ...query, place }, canaryName);
  const backup = backupName === undefined ? undefined : other({ ...query, place }, backupName);
  const fitted = [
    own.endpoints,
    canary === undefined ? [] : except(canary.endpoints, own.endpoints).map(ending),
    backup?.endpoints ?? [],
  ];
  const [ours = [], canaries = [], backups = []] = fit(fitted, room);
  const more = servingOf(fitted.flat()).length - servingOf([ours, canaries, backups].flat()).length;
  const percent = settings['canary-percent'] ?? 0;
  return {
    own: ours,
    ...(canary && { canary: { ...canaryOf(canary.of, canaries), percent, endpoints: canaries } }),
    ...(backup && { backup: { ...backup.of, endpoints: backups } }),
    notes: [
      ...[own, canary, backup].flatMap((one) => one?.notes ?? []),
      ...(more > 0 ? [leftOut(more, `${service.namespace}/${service.name}`)] : []),
    ],
  };
}

/**
 * Whose pods get a share of a port. Where each pod says itself what it can take (agent-check) none
 * has a share: it would replace the one that was computed.
 */
function sharesWith(
  protocol: ServicePort['protocol'],
  settings: ServiceSettings,
): string | undefined {
  const isAsked = settings['agent-check-port'] !== undefined;
  return protocol === 'TCP' && !isAsked ? settings['canary-service'] : undefined;
}

type Selecting = Omit<PortQuery, 'place'> & { readonly place: Place | undefined };

function endpointsOf(query: Selecting, name: string) {
  const { service, slicesOf, port, family, isVip, place } = query;
  const slices = slicesOf.get(`${service.namespace}/${name}`) ?? [];
  return { slices, ...selectEndpoints({ slices, port, family, isVip, place }) };
}

/** What the Service asks for may not be there: then it is said, and its own pods serve on. */
function other(query: Selecting, name: string) {
  const { service, port, family } = query;
  const found = endpointsOf(query, name);
  const { endpoints, notes, slices } = found;
  const isReady = endpoints.some(({ state }) => state === 'ready');
  const hasPort = slices.some(({ ports }) =>
    ports.some((one) => one.name === port.name && one.protocol === port.protocol),
  );
  const isFilled = slices.some((slice) => slice.endpoints.length > 0);
  const problem = () => {
    if (name === service.name) return 'it is the Service itself';
    if (slices.length === 0)
      return 'no Service of its namespace has that name and an EndpointSlice';
    if (isFilled && !hasPort) return `it has no ${port.protocol} port ${portText(port.name)}`;
    return isReady ? undefined : `it has no ready endpoint of ${family}`;
  };
  const why = problem();
  const of: OtherService = { service: name, ...(why !== undefined && { problem: why }) };
  return { of, endpoints: name === service.name ? [] : endpoints, notes };
}

function portText(name: string): string {
  return name === '' ? 'without a name' : `named ${name}`;
}

/** Nobody else of it is left: the Service selects them all. */
function canaryOf(of: OtherService, endpoints: readonly SelectedEndpoint[]): OtherService {
  const isEmpty = servingOf(endpoints).length === 0 && of.problem === undefined;
  return isEmpty ? { ...of, problem: 'its pods are those of the Service itself' } : of;
}

/** One server of a backend has one name: what both Services select is the Service's own. */
function except(
  endpoints: readonly SelectedEndpoint[],
  own: readonly SelectedEndpoint[],
): readonly SelectedEndpoint[] {
  const taken = new Set(own.map(keyOf));
  return endpoints.filter((endpoint) => !taken.has(keyOf(endpoint)));
}

/** With a share of its own nobody new goes to a side that only ends. */
function ending(endpoint: SelectedEndpoint): SelectedEndpoint {
  const isKept = endpoint.state === 'ready' && endpoint.turn === 'Kept';
  return isKept ? { ...endpoint, state: 'drain' } : endpoint;
}

type Endpoints = readonly SelectedEndpoint[];

/** Those who are only there for connections that stand come last. */
function fit(lists: readonly Endpoints[], room: number): readonly Endpoints[] {
  const serving = firstOf(lists.map(servingOf), room);
  const unready = lists.map((list) => list.filter(({ state }) => state === 'unready'));
  const more = firstOf(unready, room - serving.flat().length);
  return serving.map((list, index) => [...list, ...(more[index] ?? [])]);
}

function firstOf(lists: readonly Endpoints[], room: number): readonly Endpoints[] {
  let left = room;
  return lists.map((list) => {
    const taken = list.slice(0, Math.max(0, left));
    left -= taken.length;
    return taken;
  });
}

function servingOf(endpoints: Endpoints): Endpoints {
  return endpoints.filter(({ state }) => state !== 'unready');
}

function keyOf({ address, port }: SelectedEndpoint): string {
  return `${vipName(address)} ${port}`;
}

function leftOut(count: number, service: string): DroppedEndpoint {
  const why = `a Service has at most ${serversPerServiceMax} servers on an address`;
  return { code: 'EndpointDropped', slice: `those of ${service}`, address: `${count} more`, why };
}
