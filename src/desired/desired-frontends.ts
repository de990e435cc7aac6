import { by } from '../lib/order.ts';
import type { EndpointSlice, Service, ServicePort, Vip } from '../model/objects.ts';
import {
  type DroppedEndpoint,
  type SelectedEndpoint,
  selectEndpoints,
} from '../model/select-endpoints.ts';
import { servable } from '../model/servable.ts';
import type { Address, Family } from '../net/address.ts';
import { formatAddress, vipName } from '../net/format-address.ts';
import type { Frontend, Server } from './desired-node.ts';

/** Where the frontends of a pool come from; indexes keyed `namespace/name`. */
export type FrontendSources = {
  readonly services: ReadonlyMap<string, Service>;
  readonly slicesOf: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** Every VIP of the cluster, by its Vip's name: HAProxy must not dial itself (P11). */
  readonly vipNames: ReadonlySet<string>;
};

/** Frontends in order of their names, and the endpoints that are never dialled. */
export type DesiredFrontends = {
  readonly frontends: readonly Frontend[];
  readonly notes: readonly DroppedEndpoint[];
};

/**
 * One frontend for each served VIP, port and family of the Vips given. The Service must be the very
 * one that holds the Vip (R11); while it is being deleted its address is still served until the
 * controller releases it.
 */
export function desiredFrontends(vips: readonly Vip[], sources: FrontendSources): DesiredFrontends {
  const parts = vips.map((vip) => frontendsOfVip(vip, sources));
  return {
    frontends: parts.flatMap((part) => part.frontends).sort(by((frontend) => frontend.name)),
    notes: parts.flatMap((part) => part.notes),
  };
}

function frontendsOfVip(vip: Vip, sources: FrontendSources): DesiredFrontends {
  const key = `${vip.holder?.namespace}/${vip.holder?.name}`;
  const service = sources.services.get(key);
  if (service === undefined || service.uid !== vip.holder?.uid) return { frontends: [], notes: [] };
  const slices = sources.slicesOf.get(key) ?? [];
  const isVip = (address: Address) => sources.vipNames.has(vipName(address));
  const family = vip.address.family;
  const parts = servable(service).ports.map((port) => {
    const { endpoints, notes } = selectEndpoints({ slices, port, family, isVip });
    return { frontend: oneFrontend(service, port, { vip, endpoints }), notes };
  });
  return {
    frontends: parts.map((part) => part.frontend),
    notes: parts.flatMap((part) => part.notes),
  };
}

function oneFrontend(
  service: Service,
  port: ServicePort,
  of: { vip: Vip; endpoints: readonly SelectedEndpoint[] },
): Frontend {
  const family = of.vip.address.family;
  return {
    name: frontendName(service, port.port, family),
    service: `${service.namespace}/${service.name}`,
    family,
    address: formatAddress(of.vip.address),
    port: port.port,
    servers: of.endpoints.map(oneServer).sort(by((server) => server.name)),
  };
}

/**
 * Underscores cannot stand in a namespace or a Service name, so no two frontends ever share a name.
 */
function frontendName(service: Service, port: number, family: Family): string {
  return `${service.namespace}_${service.name}_${port}_${family === 'IPv4' ? 'v4' : 'v6'}`;
}

/** The same on every node, whatever the order of arrival (dataplane.md section 5, affinity). */
function oneServer(endpoint: SelectedEndpoint): Server {
  const text = vipName(endpoint.address).replaceAll('.', '-');
  return {
    name: `${text}_${endpoint.port}`,
    address: formatAddress(endpoint.address),
    port: endpoint.port,
    state: endpoint.state,
  };
}
