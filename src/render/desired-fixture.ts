import type { DesiredInstance, DesiredPool, Frontend, Server } from '../desired/desired-node.ts';
import { poolPaths } from './pool-paths.ts';

/** Paths of the pool that tests render. */
export const testPaths = poolPaths('edge');

/** A server at 10.1.0.`last`:8080. */
export function aServer(
  last: number,
  state: Server['state'] = 'ready',
  more: Partial<Server> = {},
): Server {
  return { name: `10-1-0-${last}_8080`, address: `10.1.0.${last}`, port: 8080, state, ...more };
}

/** Port 80 of Service shop/`service` at 192.0.2.10, with servers. */
export function aFrontend(service: string, ...servers: Server[]): Frontend {
  const name = `shop_${service}_80_192.0.2.10`;
  const where = { family: 'IPv4', address: '192.0.2.10', port: 80 } as const;
  return { name, service: `shop/${service}`, ...where, servers };
}

/** Instance 51 of node 10.99.0.11 with one VIP of each family, and peers. */
export function anInstance(...peers: string[]): DesiredInstance {
  return {
    name: '10.99.0.0-24.51',
    generation: 1,
    vrid: 51,
    interface: 'eth0',
    priority: 254,
    advertIntervalMs: 100,
    sourceAddress: '10.99.0.11',
    peers,
    anchor: '169.254.77.51',
    vips: [
      { address: '192.0.2.10', family: 'IPv4', interface: 'eth0' },
      { address: '2001:db8::10', family: 'IPv6', interface: 'eth0' },
    ],
  };
}

/** Pool edge with frontends and one instance. */
export function aPool(
  frontends: readonly Frontend[],
  ...instances: DesiredInstance[]
): DesiredPool {
  return {
    pool: 'edge',
    haproxy: { maxConnections: 20_000, frontends },
    flows: [],
    keepalived: { routerId: 'node-1', instances },
  };
}
