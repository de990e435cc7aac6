import type { DesiredPool, FlowFrontend, Frontend } from '../../src/desired/desired-node.ts';
import type { KeyName } from '../../src/tables/key-file.ts';
import { desiredFor, frontend, server } from '../../test/dataplane/desired.ts';
import type { RigNode } from '../../test/dataplane/rig.ts';
import { addresses, vipPortBelow } from './workloads.ts';

/** The certificate of the Service that ends TLS. */
export const webKey: KeyName = { kind: 'certificate', namespace: 'shop', secret: 'web' };

/** The product's own number (src/desired/desired-pools.ts). */
const maxConnections = 8_000;

/** The same ways that hand-tuned.haproxy.cfg has, as Services with no setting but their mode. */
export function fairleadPool(node: RigNode): DesiredPool {
  const http = { http: { serverProtocol: 'HTTP1' } } as const;
  const frontends: Frontend[] = [
    ofPods(8080, 8080),
    ofPods(8081, 8081),
    { ...ofPods(8082, 8082), ...http },
    { ...ofPods(8083, 8083), ...http },
    { ...ofPods(8443, 8082), ...http, tls: { certificates: [webKey] } },
  ];
  const pool = desiredFor(node, [node], frontends);
  return { ...pool, haproxy: { maxConnections, frontends }, flows: [flowFrontend()] };
}

/** Pods listen on a port and on the one 1,000 above. */
const podPorts = (port: number) => [port, port + 1_000];

function ofPods(port: number, podPort: number): Frontend {
  const servers = podPorts(podPort).map((each) => server(addresses.direct, each));
  return frontend(port - vipPortBelow, servers);
}

function flowFrontend(): FlowFrontend {
  const port = 8053;
  return {
    protocol: 'UDP',
    ...{ name: 'shop_dns_53_vip', service: 'shop/dns', family: 'IPv4', isSticky: false },
    ...{ address: addresses.Fairlead, port: port - vipPortBelow, isDirect: false },
    endpoints: podPorts(port).map((each) => ({
      ...{ address: addresses.direct, port: each, state: 'ready', isLocal: false },
    })),
  };
}
