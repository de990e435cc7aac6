import type { DesiredPool, FlowFrontend, Frontend } from '../../src/desired/desired-node.ts';
import type { ServiceSettings } from '../../src/model/service-settings.ts';
import type { KeyName } from '../../src/tables/key-file.ts';
import { healthFrontends } from './health-cases.ts';

/** As far as they go together. */
const everySetting: ServiceSettings = {
  balance: 'SourceHash',
  'health-check': 'HTTP',
  'health-check-path': '/healthz',
  'health-check-host': 'shop.example.com',
  'health-check-status': '200',
  'health-check-port': 8081,
  'health-check-interval-seconds': 5,
  'max-connections-per-server': 200,
  'max-connections': 2_000,
  'connections-per-second': 500,
  'max-connections-per-client': 50,
  'connections-per-second-per-client': 20,
  'idle-timeout-seconds': 86_400,
  'proxy-protocol': 'V2',
};

/**
 * What the golden files of this folder are rendered from: one entry per file,
 * `rendered-<name>.case`.
 */
export const desiredCases: Readonly<Record<string, DesiredPool>> = {
  'lone-node': pool([web('IPv4')], { peers: [] }),
  'dual-stack': pool([web('IPv4'), web('IPv6')], { peers: ['10.99.0.12', '10.99.0.13'] }),
  'no-endpoints': pool([{ ...web('IPv4'), servers: [] }], { peers: ['10.99.0.12'] }),
  'draining-endpoint': pool([drained(web('IPv4'))], { peers: ['10.99.0.12'] }),
  'source-ranges': pool(
    [
      { ...web('IPv4'), sources: manyNetworks() },
      { ...web('IPv6'), sources: [] },
    ],
    {
      peers: ['10.99.0.12'],
    },
  ),
  affinity: shared(
    pool([{ ...maintained(drained(web('IPv4'))), affinitySeconds: 600 }, web('IPv6')], {
      peers: ['10.99.0.12'],
    }),
  ),
  settings: pool([{ ...web('IPv4'), settings: everySetting }, limited(web('IPv6'))], {
    peers: ['10.99.0.12'],
  }),
  http: pool([requests(web('IPv4')), { ...plainHttp(web('IPv6')), port: 81 }], {
    peers: ['10.99.0.12'],
  }),
  health: pool(healthFrontends(web('IPv4')), { peers: ['10.99.0.12'] }),
  tls: pool(encrypted(), { peers: ['10.99.0.12'] }),
  // Near, in the zone, and elsewhere: the parts that hints for nodes give.
  'near-and-far': pool([nearAndFar(web('IPv4'))], { peers: ['10.99.0.12'] }),
  canary: pool([withCanary(web('IPv4'))], { peers: ['10.99.0.12'] }),
  backup: shared(
    pool([{ ...withBackup(web('IPv4')), affinitySeconds: 600 }, requestsOrBackup(web('IPv6'))], {
      peers: ['10.99.0.12'],
    }),
  ),
  'no-ping': { ...pool([web('IPv4')], { peers: ['10.99.0.12'] }), isPingDenied: true },
  'behind-a-proxy': pool([behindProxy(web('IPv4')), { ...web('IPv6'), denied: ['fd98::/16'] }], {
    peers: ['10.99.0.12'],
  }),
  sctp: { ...pool([], { peers: [] }), flows: ofBothProtocols() },
  udp: { ...pool([web('IPv4')], { peers: ['10.99.0.12'] }), flows: flowFrontends() },
  'no-services': { ...pool([], { peers: [] }), keepalived: { routerId: 'node-1', instances: [] } },
};

/** As far as HTTP mode goes without TLS. */
function requests(frontend: Frontend): Frontend {
  const settings: ServiceSettings = {
    'client-headers': 'Forwarded',
    'session-cookie': 'FAIRLEAD',
    'request-timeout-seconds': 30,
    'max-request-bytes': 10_485_760,
    'requests-per-second-per-client': 50,
    compression: 'Enabled',
    'error-text': 'Back at 6 am. Questions: shop@example.com',
    'slow-start-seconds': 30,
    'access-log': 'Errors',
    'access-log-sample': 100,
  };
  return { ...frontend, http: { serverProtocol: 'HTTP1' }, settings };
}

function plainHttp(frontend: Frontend): Frontend {
  return { ...frontend, http: { serverProtocol: 'HTTP2' } };
}

/** Requests by SNI; a redirect to them; bytes with client certificates; TLS to the pods. */
function encrypted(): Frontend[] {
  const key = (kind: KeyName['kind'], secret: string): KeyName => {
    return { kind, namespace: 'shop', secret };
  };
  const certificates = [key('certificate', 'shop-tls'), key('certificate', 'blog-tls')];
  const at = (port: number): Frontend => {
    const one = web('IPv4');
    return { ...one, port, name: one.name.replace('_80_', `_${port}_`) };
  };
  return [
    {
      ...{ ...at(443), http: { serverProtocol: 'HTTP1' }, tls: { certificates } },
      settings: { 'session-cookie': 'FAIRLEAD', 'hsts-seconds': 86_400 },
    },
    { ...at(80), http: { serverProtocol: 'HTTP1', isRedirected: true } },
    {
      ...at(8443),
      tls: { certificates, clientAuthority: key('authority', 'clients-ca') },
      settings: { 'tls-profile': 'Modern', 'proxy-protocol': 'V2' },
    },
    {
      ...at(9443),
      ...{ http: { serverProtocol: 'HTTP2' } },
      tls: { certificates, clientAuthority: key('authority', 'clients-ca') },
      serverTls: { authority: key('authority', 'pods-ca'), name: 'web.shop.svc' },
      settings: { 'tls-client-certificates': 'Optional', 'health-check-port': 8081 },
    },
    { ...at(9444), serverTls: {}, settings: { 'health-check': 'TLS' } },
    { ...at(9445), settings: { 'health-check': 'TLS' } },
  ];
}

/** The client is who the load balancer in front names: all that depends on it comes later. */
function behindProxy(frontend: Frontend): Frontend {
  return {
    ...{ ...frontend, proxies: ['192.0.2.10/32'], denied: ['198.51.100.0/24'] },
    sources: ['198.51.0.0/16'],
    settings: { 'max-connections-per-client': 5, 'connections-per-second': 500 },
  };
}

/** More than one line of HAProxy's file takes. */
function manyNetworks(): string[] {
  return Array.from({ length: 18 }, (_, n) => `10.${n}.0.0/16`);
}

function web(family: 'IPv4' | 'IPv6'): Frontend {
  const four = family === 'IPv4';
  const endpoint = four ? '10.1.0.7' : 'fd00:10:1::7';
  const dashed = four ? '10-1-0-7' : 'fd00-0010-0001-0000-0000-0000-0000-0007';
  return {
    name: `shop_web_80_${four ? '10.99.0.50' : 'fd99-0-0-0-0-0-0-50'}`,
    service: 'shop/web',
    family,
    address: four ? '10.99.0.50' : 'fd99::50',
    port: 80,
    servers: [{ name: `${dashed}_8080`, address: endpoint, port: 8080, state: 'ready' }],
  };
}

function drained(frontend: Frontend): Frontend {
  const leaving = {
    name: '10-1-0-8_8080',
    address: '10.1.0.8',
    port: 8080,
    state: 'drain',
  } as const;
  return { ...frontend, servers: [...frontend.servers, leaving] };
}

/** One pod on this node, one in its zone, one elsewhere. */
function nearAndFar(frontend: Frontend): Frontend {
  const more = (['Spare', 'LastSpare'] as const).map((role, index) => ({
    ...{ name: `10-1-${index + 1}-7_8080`, address: `10.1.${index + 1}.7`, port: 8080 },
    ...{ state: 'ready' as const, role },
  }));
  return { ...frontend, servers: [...frontend.servers, ...more] };
}

/** Five of a hundred connections go to one pod of another Service. */
function withCanary(frontend: Frontend): Frontend {
  const servers = frontend.servers.map((server) => ({ ...server, weight: 19 }));
  const canary = {
    name: '10-1-9-7_8080',
    address: '10.1.9.7',
    port: 8080,
    state: 'ready',
  } as const;
  return {
    ...frontend,
    servers: [...servers, { ...canary, isCanary: true }],
    canary: { service: 'next', percent: 5 },
  };
}

/** Somebody else serves when nobody here can. */
function withBackup(frontend: Frontend): Frontend {
  const closed = {
    name: '10-1-9-9_8080',
    address: '10.1.9.9',
    port: 8080,
    state: 'ready',
  } as const;
  return { ...frontend, backup: { service: 'closed', servers: [closed] } };
}

/** Cookies are for the Service's own servers only; the other Service has no endpoint yet. */
function requestsOrBackup(frontend: Frontend): Frontend {
  const backup = { service: 'closed', problem: 'it has no ready endpoint of IPv6', servers: [] };
  return { ...requests(frontend), backup };
}

/** Affinity beside limits: each has a table of its own. */
function limited(frontend: Frontend): Frontend {
  const settings = {
    'max-connections-per-client': 5,
    'proxy-protocol': 'V1',
    'access-log': 'All',
  } as const;
  return { ...frontend, affinitySeconds: 600, settings };
}

/** DNS beside the web port: everybody by IPv4, few by IPv6, and one port that has no endpoint. */
function flowFrontends(): FlowFrontend[] {
  const common = { service: 'shop/dns', isSticky: false, isDirect: false };
  const protocol = 'UDP' as const;
  const endpoint = (address: string, isLocal: boolean) =>
    ({ address, port: 5353, state: 'ready', isLocal }) as const;
  return [
    {
      ...{ ...common, protocol, name: 'shop_dns_53_10.99.0.50', family: 'IPv4' },
      ...{ address: '10.99.0.50', port: 53, isDirect: true },
      endpoints: [endpoint('10.1.0.7', true), endpoint('10.1.1.7', false)],
    },
    {
      ...{ ...common, protocol, name: 'shop_dns_53_fd99-0-0-0-0-0-0-50', family: 'IPv6' },
      ...{
        address: 'fd99::50',
        port: 53,
        isSticky: true,
        sources: ['fd99::/64'],
        denied: ['fd99::66/128'],
      },
      endpoints: [endpoint('fd00:10:1::7', false)],
    },
    {
      ...{ ...common, protocol, name: 'shop_dns_5353_10.99.0.50', family: 'IPv4' },
      ...{ address: '10.99.0.50', port: 5353, endpoints: [], sources: [] },
    },
  ];
}

/** Of one number, so both have one name. */
function ofBothProtocols(): FlowFrontend[] {
  const [dns] = flowFrontends();
  if (dns === undefined) return [];
  const { endpoints } = dns;
  return [{ ...dns, protocol: 'SCTP', endpoints, sources: ['10.99.0.0/24'] }, dns];
}

/** With affinity a terminating endpoint gets nobody, also none who is remembered. */
function maintained(frontend: Frontend): Frontend {
  const servers = frontend.servers.map((server) =>
    server.state === 'drain' ? { ...server, state: 'maint' as const } : server,
  );
  return { ...frontend, servers };
}

function shared(of: DesiredPool): DesiredPool {
  const members = ['node-1', 'node-2'].map((node, index) => ({
    ...{ node, family: 'IPv4' as const, address: `10.99.0.1${index + 1}`, port: 7351 },
  }));
  return { ...of, haproxy: { ...of.haproxy, peers: { local: 'node-1', members } } };
}

function pool(
  frontends: readonly Frontend[],
  { peers }: { peers: readonly string[] },
): DesiredPool {
  const all = frontends.map(({ address, family }) => ({ address, family, interface: 'eth0' }));
  const vips = [...new Map(all.map((vip) => [vip.address, vip])).values()];
  const instance = {
    name: '10.99.0.0-24.51',
    generation: 1,
    vrid: 51,
    interface: 'eth0',
    priority: 254,
    advertIntervalMs: 100,
    sourceAddress: '10.99.0.11',
    peers,
    anchor: '169.254.77.51',
    vips,
  };
  return {
    pool: 'edge',
    haproxy: { maxConnections: 20_000, frontends },
    flows: [],
    keepalived: { routerId: 'node-1', instances: [instance] },
  };
}
