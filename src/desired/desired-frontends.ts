import { by, grouped } from '../lib/order.ts';
import { Remembered } from '../lib/remembered.ts';
import { namedServices } from '../model/named-services.ts';
import type {
  EndpointSlice,
  Pool,
  Service,
  ServicePort,
  Vip,
  VipHolder,
} from '../model/objects.ts';
import { type PortMode, portMode, tlsSecrets } from '../model/port-mode.ts';
import type { DroppedEndpoint, SelectedEndpoint } from '../model/select-endpoints.ts';
import { servable } from '../model/servable.ts';
import {
  effectiveSettings,
  type ReadSettings,
  type ServiceSettings,
  serviceSettings,
  settingsOfPort,
} from '../model/service-settings.ts';
import {
  listedNetworks,
  networksOfFamily,
  networkTexts,
  sourcesOfEither,
  sourcesOfFamily,
} from '../model/source-ranges.ts';
import { firstTurn, type Place } from '../model/topology.ts';
import { stayingHolders } from '../model/vip-holders.ts';
import type { Address, Family } from '../net/address.ts';
import { formatAddress, vipName } from '../net/format-address.ts';
import { frontendName } from '../tables/frontend-name.ts';
import type { KeyName } from '../tables/key-file.ts';
import { serversPerServiceMax } from '../tables/limits.ts';
import type { FlowFrontend, FlowProtocol, Frontend, OtherService } from './desired-node.ts';
import { type PortServers, portServers } from './port-servers.ts';
import { plainServers, serversOf } from './servers.ts';

/** Where the frontends of a pool come from; indexes keyed `namespace/name`. */
export type FrontendSources = {
  readonly services: ReadonlyMap<string, Service>;
  readonly slicesOf: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** By name: what they set for their Services, and how far those may go. */
  readonly pools: ReadonlyMap<string, Pool>;
  /** Where this node is; without a name no node is meant. */
  readonly place: Place;
  /** Every VIP of the cluster, by its Vip's name: HAProxy must not dial itself (P11). */
  readonly vipNames: ReadonlySet<string>;
};

/** Frontends in order of their names, and the endpoints that are never dialled. */
export type DesiredFrontends = {
  readonly frontends: readonly Frontend[];
  readonly flows: readonly FlowFrontend[];
  readonly notes: readonly DroppedEndpoint[];
};

/**
 * One frontend for each served VIP, port and family of the Vips given. The Service must be the very
 * one that holds the Vip (R11); while it is being deleted its address is still served until the
 * controller releases it.
 */
export function desiredFrontends(vips: readonly Vip[], sources: FrontendSources): DesiredFrontends {
  const parts = vips.flatMap((vip) =>
    stayingHolders(vip).map((holder) => frontendsOfHolder(vip, holder, sources)),
  );
  return {
    frontends: parts.flatMap((part) => part.frontends).sort(by((frontend) => frontend.name)),
    flows: parts.flatMap((part) => part.flows).sort(by(flowName)),
    notes: parts.flatMap((part) => part.notes),
  };
}

/** What a holder's frontends are made from; `slices` are its own and those of whom it names. */
type HolderSources = Pick<FrontendSources, 'place' | 'vipNames'> & {
  readonly vip: Vip;
  readonly service: Service;
  readonly pool: Pool | undefined;
  readonly slices: readonly EndpointSlice[];
};

const frontendsMade = new Remembered<VipHolder, DesiredFrontends>();

function frontendsOfHolder(
  vip: Vip,
  holder: VipHolder,
  { services, pools, slicesOf, place, vipNames }: FrontendSources,
): DesiredFrontends {
  const { namespace, name, uid } = holder;
  const service = services.get(`${namespace}/${name}`);
  if (service === undefined || service.uid !== uid) return nothing;
  const pool = pools.get(vip.pool);
  const names = [name, ...namedServices(settingsWithin(service, pool).settings)];
  const slices = names.flatMap((each) => slicesOf.get(`${namespace}/${each}`) ?? []);
  const inputs = [vip, service, pool, place.node, place.zone, vipNames, ...slices];
  return frontendsMade.of(holder, inputs, () =>
    frontendsFrom(holder, { vip, service, pool, slices, place, vipNames }),
  );
}

type SettingsWithin = { readonly read: ReadSettings; readonly settings: ServiceSettings };

const settingsMade = new Remembered<Service, SettingsWithin>();

/** What a Service's owner set, as it was read and within what the pool allows. */
function settingsWithin(service: Service, pool: Pool | undefined): SettingsWithin {
  return settingsMade.of(service, [pool], () => {
    const read = serviceSettings(service);
    return { read, settings: effectiveSettings(read.settings, pool).settings };
  });
}

function frontendsFrom(
  holder: VipHolder,
  { vip, service, pool, slices, place, vipNames }: HolderSources,
): DesiredFrontends {
  const isVip = (address: Address) => vipNames.has(vipName(address));
  const family = vip.address.family;
  const { ports, sources: ranges } = servable(service);
  const { read, settings } = settingsWithin(service, pool);
  const ofPort = ({ port }: ServicePort) =>
    read.ports === undefined
      ? settings
      : effectiveSettings(settingsOfPort(read, port), pool).settings;
  const proxies = networksOf(settings['proxy-protocol-from'], family);
  const denied = settings['denied-source-ranges'];
  const networks = {
    sources: sourcesOfFamily(ranges, family),
    denied: networksOf(denied, family),
    proxies,
  };
  // A PROXY header names clients of either family, whatever the VIP's is.
  const named =
    proxies === undefined
      ? networks
      : { proxies, sources: sourcesOfEither(ranges), denied: networksOf(denied) };
  const granted = ports.filter((port) => isGranted(holder, port));
  const room = Math.floor(serversPerServiceMax / Math.max(1, granted.length));
  const slicesOf = grouped(slices, (slice) => `${slice.namespace}/${slice.service}`);
  const parts = granted.map((port) => {
    const who = port.protocol === 'TCP' ? named : networks;
    const of = { settings: ofPort(port), ports, networks: who, vip, node: place.node };
    const query = { service, port, family, isVip, place, slicesOf, room, settings: of.settings };
    const servers = portServers(query);
    return { port, of: { ...of, servers }, notes: servers.notes };
  });
  return {
    frontends: parts.flatMap(({ port, of }) =>
      port.protocol === 'TCP' ? [oneFrontend(service, port, of)] : [],
    ),
    flows: parts.flatMap(({ port, of }) =>
      port.protocol === 'TCP'
        ? []
        : [flowFrontend(service, { ...port, protocol: port.protocol }, of)],
    ),
    notes: parts.flatMap((part) => part.notes),
  };
}

function flowName({ name, protocol }: FlowFrontend): string {
  return `${name} ${protocol}`;
}

const nothing: DesiredFrontends = { frontends: [], flows: [], notes: [] };

/** Who may connect, who may not, and who says which client connects. */
type Networks = {
  readonly sources: readonly string[] | undefined;
  readonly denied: readonly string[] | undefined;
  readonly proxies: readonly string[] | undefined;
};

/** A port of a Service on one of its VIPs. */
type Served = {
  readonly vip: Vip;
  /** All that are served of its Service. */
  readonly ports: readonly ServicePort[];
  readonly servers: PortServers;
  readonly networks: Networks;
  readonly node: string | undefined;
  readonly settings: ServiceSettings;
};

function oneFrontend(service: Service, port: ServicePort, of: Served): Frontend {
  const { affinitySeconds } = service;
  const { settings } = of;
  const mode = portMode(port, settings, of.ports);
  const { proxies } = of.networks;
  const isRemembered =
    affinitySeconds !== undefined ||
    (mode.protocol === 'HTTP' && settings['session-cookie'] !== undefined);
  return {
    ...placeOf(service, port, of.vip),
    servers: serversOf(of.servers, isRemembered),
    ...otherFields(of.servers),
    ...(affinitySeconds !== undefined && { affinitySeconds }),
    ...(Object.keys(settings).length > 0 && { settings }),
    ...networkFields(of.networks),
    ...(proxies !== undefined && { proxies }),
    ...modeFields(mode),
    ...tlsFields(service.namespace, { settings, isTls: mode.isTls }),
    ...(of.vip.next !== undefined && { isPassing: true }),
  };
}

/** Of what the settings name, who they are; a server of the backup remembers nobody. */
function otherFields({ canary, backup }: PortServers): Partial<Frontend> {
  return {
    ...(canary && { canary: { ...named(canary), percent: canary.percent } }),
    ...(backup && { backup: { ...named(backup), servers: plainServers(backup.endpoints, false) } }),
  };
}

function named({ service, problem }: OtherService): OtherService {
  return { service, ...(problem !== undefined && { problem }) };
}

function modeFields({ protocol, serverProtocol, redirectPort }: PortMode): Partial<Frontend> {
  if (protocol === 'TCP') return {};
  return { http: { serverProtocol, ...(redirectPort !== undefined && { redirectPort }) } };
}

function tlsFields(
  namespace: string,
  { settings, isTls }: { readonly settings: ServiceSettings; readonly isTls: boolean },
): Partial<Frontend> {
  const key = (kind: KeyName['kind'], secret: string): KeyName => ({ kind, namespace, secret });
  const client = settings['tls-client-ca'];
  const server = settings['server-tls-ca'];
  const name = settings['server-tls-name'];
  const authority = settings['server-tls'] === 'Verified' ? server : undefined;
  return {
    ...(isTls && {
      tls: {
        certificates: tlsSecrets(settings).map((secret) => key('certificate', secret)),
        ...(client !== undefined && { clientAuthority: key('authority', client) }),
      },
    }),
    ...(settings['server-tls'] !== undefined && {
      serverTls: {
        ...(authority !== undefined && { authority: key('authority', authority) }),
        ...(name !== undefined && { name }),
      },
    }),
  };
}

function networkFields({ sources, denied }: Networks): Partial<Frontend & FlowFrontend> {
  return { ...(sources !== undefined && { sources }), ...(denied !== undefined && { denied }) };
}

/** Those of one family, or of both. */
function networksOf(text: string | undefined, family?: Family): readonly string[] | undefined {
  const listed = listedNetworks(text);
  const networks = family === undefined ? networkTexts(listed) : networksOfFamily(listed, family);
  return networks.length === 0 ? undefined : networks;
}

/** The hash of a client's address never forgets, so the timeout of its affinity is kept as well. */
function flowFrontend(
  service: Service,
  port: ServicePort & { readonly protocol: FlowProtocol },
  of: Served,
): FlowFrontend {
  const { own, backup } = of.servers;
  const isServing = !own.some(isReady) && (backup?.endpoints.some(isReady) ?? false);
  const listed = isServing ? [...own, ...(backup?.endpoints ?? [])] : own;
  const all = listed.flatMap(flowEndpoint);
  const turn = firstTurn(all.filter(isReady).map((endpoint) => endpoint.turn));
  return {
    ...placeOf(service, port, of.vip),
    protocol: port.protocol,
    endpoints: all.map((endpoint) => ({
      ...{ address: formatAddress(endpoint.address), port: endpoint.port },
      state: endpoint.state === 'ready' && endpoint.turn !== turn ? 'spare' : endpoint.state,
      isLocal: endpoint.node !== undefined && endpoint.node === of.node,
    })),
    ...(backup && { backup: { ...named(backup), isServing } }),
    isSticky: service.affinitySeconds !== undefined,
    isDirect: service.externalTrafficPolicy === 'Local',
    ...networkFields(of.networks),
  };
}

/** Flows to who is not ready come to an end: datagrams have no connection to keep. */
function flowEndpoint({ state, ...rest }: SelectedEndpoint) {
  return state === 'unready' ? [] : [{ ...rest, state }];
}

function isReady({ state }: Pick<SelectedEndpoint, 'state'>): boolean {
  return state === 'ready';
}

function placeOf({ namespace, name }: Service, { port }: ServicePort, vip: Vip) {
  return {
    name: frontendName({ namespace, service: name, port, vip: vip.name }),
    service: `${namespace}/${name}`,
    family: vip.address.family,
    address: formatAddress(vip.address),
    port,
  };
}

/**
 * A port that others may have on this address too is served once the controller has granted it
 * (A32): until then it could be somebody else's.
 */
function isGranted({ ports }: VipHolder, { port, protocol }: ServicePort): boolean {
  return ports.some((granted) => granted.port === port && granted.protocol === protocol);
}
