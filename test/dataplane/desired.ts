import type {
  DesiredInstance,
  DesiredPool,
  Frontend,
  Server,
} from '../../src/desired/desired-node.ts';
import type { RigNode } from './rig.ts';

/** The VIPs of the rig's one Service. */
export const vip4 = '10.99.0.50';
export const vip6 = 'fd99::50';
export const anchor = '169.254.77.51';
export const instanceName = '10.99.0.0-24.51';

/** A server of the rig; its address is local to every node. */
export function server(address: string, port: number): Server {
  return { name: `${address.replaceAll('.', '-')}_${port}`, address, port, state: 'ready' };
}

/** A frontend of Service shop/web on port `port`. */
export function frontend(port: number, servers: readonly Server[], name = 'web'): Frontend {
  return {
    name: `shop_${name}_${port}_${vip4}`,
    service: `shop/${name}`,
    family: 'IPv4',
    address: vip4,
    port,
    servers,
  };
}

/** What a node should do with the rig's pool: `nodes` are the members, the first is preferred. */
export function desiredFor(
  node: RigNode,
  nodes: readonly RigNode[],
  frontends: readonly Frontend[],
): DesiredPool {
  const instance: DesiredInstance = {
    name: instanceName,
    generation: 1,
    vrid: 51,
    interface: 'eth0',
    priority: 254 - 16 * nodes.indexOf(node),
    advertIntervalMs: 100,
    sourceAddress: node.address,
    peers: nodes.filter((other) => other !== node).map((other) => other.address),
    anchor,
    vips: [
      { address: vip4, family: 'IPv4', interface: 'eth0' },
      { address: vip6, family: 'IPv6', interface: 'eth0' },
    ],
  };
  return {
    pool: 'edge',
    haproxy: { maxConnections: 1000, frontends },
    flows: [],
    keepalived: { routerId: node.name, instances: [instance] },
  };
}
