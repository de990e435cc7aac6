import type { Frontend } from '../../src/desired/desired-node.ts';

/** Every way in which a server is found to be well, each at a port of its own. */
export function healthFrontends(of: Frontend): Frontend[] {
  const at = (port: number, more: Partial<Frontend>): Frontend => {
    return { ...of, port, name: of.name.replace('_80_', `_${port}_`), ...more };
  };
  return [
    at(80, {
      http: { serverProtocol: 'HTTP1' },
      settings: {
        'health-check': 'HTTP',
        'health-check-method': 'OPTIONS',
        'health-check-body': 'status: ok',
        'health-check-timeout-milliseconds': 2_000,
        'health-check-fall': 3,
        'health-check-rise': 2,
        'health-check-fast-interval-milliseconds': 1_000,
        'passive-check': 'Responses',
        'passive-check-limit': 10,
        'passive-check-action': 'FailCheck',
      },
    }),
    at(3306, { settings: { 'health-check': 'MySQL', 'passive-check': 'Disabled' } }),
    at(5000, {
      http: { serverProtocol: 'HTTP2' },
      settings: { 'health-check': 'GRPC', 'health-check-grpc-service': 'shop.v1.Cart' },
    }),
    at(5001, { serverTls: {}, settings: { 'health-check': 'GRPC' } }),
    at(5432, { settings: { 'health-check': 'PostgreSQL', 'health-check-user': 'probe' } }),
    at(6379, { settings: { 'health-check': 'Redis', 'agent-check-port': 8083 } }),
    at(81, {
      ...{ http: { serverProtocol: 'HTTP1' }, affinitySeconds: 600 },
      settings: { 'when-all-fail': 'FailOpen', 'session-cookie': 'FAIRLEAD' },
    }),
    at(82, { settings: { 'when-all-fail': 'FailOpen', 'max-connections-per-server': 20 } }),
    at(443, {
      settings: {
        'health-check': 'HTTPS',
        'health-check-path': '/healthz',
        'health-check-host': 'shop.example.com',
        'health-check-status': '200',
      },
    }),
    at(8443, { serverTls: { name: 'web.shop.svc' }, settings: { 'health-check': 'HTTPS' } }),
    at(2525, { settings: { 'health-check': 'SMTP', 'health-check-host': 'shop.example.com' } }),
  ];
}
