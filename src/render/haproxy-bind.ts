import type { Frontend } from '../desired/desired-node.ts';
import { keyFile } from '../tables/key-file.ts';
import { hostPort } from './host-port.ts';
import type { PoolPaths } from './pool-paths.ts';
import type { LineWriter } from './writer.ts';

/**
 * Versions and ciphers after Mozilla's server-side TLS guidelines 5.7; the old key exchange with
 * parameters of its own (DHE) is left out.
 */
const profiles = {
  Intermediate: [
    ...['ssl-min-ver', 'TLSv1.2', 'ciphers'],
    [
      'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305',
    ].join(':'),
  ],
  Modern: ['ssl-min-ver', 'TLSv1.3'],
} as const;

/**
 * Where a frontend listens, and how it ends TLS. Linux makes a socket bound to one IPv6 address
 * v6only; a new worker takes over only a listener that is what its own file says (HAProxy's
 * `sock_find_compatible_fd`): else it opens another one, and what waits at the old one is reset.
 */
export function bind(w: LineWriter, frontend: Frontend, paths: PoolPaths): void {
  const { family, address, port } = frontend;
  const where = [hostPort(family, address, port), ...(family === 'IPv6' ? ['v6only'] : [])];
  w.line('bind', ...where, 'transparent', ...tlsWords(frontend, paths));
}

function tlsWords({ tls, http, settings }: Frontend, { keyDirectory }: PoolPaths): string[] {
  if (tls === undefined) return [];
  const files = tls.certificates.map((key) => `${keyDirectory}/${keyFile(key)}`);
  const client = tls.clientAuthority;
  const verify = settings?.['tls-client-certificates'] === 'Optional' ? 'optional' : 'required';
  return [
    ...['ssl', ...files.flatMap((file) => ['crt', file])],
    ...profiles[settings?.['tls-profile'] ?? 'Intermediate'],
    ...(http === undefined ? [] : ['alpn', 'h2,http/1.1']),
    // Who comes again with a session is not asked for a certificate: one whose CA was taken away
    // would go on coming. HAProxy changes the keys of its tickets only when it is loaded anew.
    ...(client === undefined
      ? []
      : ['no-tls-tickets', 'ca-file', `${keyDirectory}/${keyFile(client)}`, 'verify', verify]),
  ];
}
