import { byNumber } from '../lib/order.ts';
import { listed } from '../tables/settings/setting-row.ts';
import { tlsPortsDefault } from '../tables/settings/tls-settings.ts';
import type { ServicePort } from './objects.ts';
import type { ServiceSettings } from './service-settings.ts';

/** How one TCP port of a Service is served. */
export type PortMode = {
  /** TCP passes bytes on; HTTP reads requests. */
  readonly protocol: 'TCP' | 'HTTP';
  /** TLS is ended here. */
  readonly isTls: boolean;
  /** What is spoken to the pods in HTTP mode. */
  readonly serverProtocol: 'HTTP1' | 'HTTP2';
  /** Every request is sent to https, to this port. */
  readonly redirectPort?: number;
};

/**
 * Decides it from the port's appProtocol and the settings that count for its Service; `all` are the
 * ports of that.
 */
export function portMode(
  port: ServicePort,
  settings: ServiceSettings,
  all: readonly ServicePort[],
): PortMode {
  const isTls = tlsPorts(settings).has(port.port);
  const isWished = !isTls && settings['https-redirect'] === 'Enabled';
  const redirectPort = isWished ? servedTlsPorts(all, settings)[0] : undefined;
  const isRead = redirectPort !== undefined;
  return {
    protocol: isRead ? 'HTTP' : protocolOf(port, { isTls, wish: settings.protocol }),
    isTls,
    serverProtocol: port.appProtocol === 'kubernetes.io/h2c' ? 'HTTP2' : 'HTTP1',
    ...(isRead && { redirectPort }),
  };
}

/** Those of its TCP ports on which a Service ends TLS, the lowest first. */
export function servedTlsPorts(
  ports: readonly ServicePort[],
  settings: ServiceSettings,
): readonly number[] {
  const wanted = tlsPorts(settings);
  return ports
    .filter(({ port, protocol }) => protocol === 'TCP' && wanted.has(port))
    .map(({ port }) => port)
    .sort(byNumber((port) => port));
}

/** Ports on which TLS is ended; none without Secrets. */
export function tlsPorts(settings: ServiceSettings): ReadonlySet<number> {
  if (settings['tls-secrets'] === undefined) return new Set();
  return new Set(listed(settings['tls-ports'] ?? tlsPortsDefault).map(Number));
}

/** Names of the Secrets with which TLS is ended, in their order, each once. */
export function tlsSecrets(settings: ServiceSettings): readonly string[] {
  return [...new Set(listed(settings['tls-secrets'] ?? '').filter((name) => name !== ''))];
}

/** Every Secret the settings name, sorted. */
export function secretNames(settings: ServiceSettings): readonly string[] {
  const authorities = [settings['tls-client-ca'], settings['server-tls-ca']];
  const named = [...tlsSecrets(settings), ...authorities.filter((name) => name !== undefined)];
  return [...new Set(named)].sort();
}

const plain: ReadonlySet<string> = new Set(['http', 'kubernetes.io/h2c', 'kubernetes.io/ws']);
const encrypted: ReadonlySet<string> = new Set(['https', 'kubernetes.io/wss']);

function protocolOf(
  { appProtocol = '' }: ServicePort,
  { isTls, wish }: { readonly isTls: boolean; readonly wish: ServiceSettings['protocol'] },
): PortMode['protocol'] {
  if (wish === 'TCP' || wish === 'HTTP') return wish;
  // Without the end of TLS there are no requests to be read.
  return plain.has(appProtocol) || (isTls && encrypted.has(appProtocol)) ? 'HTTP' : 'TCP';
}
