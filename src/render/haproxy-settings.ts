import type { Frontend, Server } from '../desired/desired-node.ts';
import { keyFile } from '../tables/key-file.ts';
import { textDigest } from './digest.ts';
import { balanceLines, isHashed } from './haproxy-balance.ts';
import { agentOptions, checkLines, checkOptions, hasAgent } from './haproxy-checks.ts';
import { ownPatience } from './haproxy-patience.ts';
import { roleOptions } from './haproxy-roles.ts';
import type { PoolPaths } from './pool-paths.ts';
import type { LineWriter } from './writer.ts';

/** A pod that is asked says its share in per cent of this; of the usual 1 less would be nothing. */
const askedWeight = 100;

/** A connection that no server has room for waits this long. */
const queueTimeout = '5s';

/** Against what stands in the section defaults; `add server` takes no such word. */
const unchecked = ['no-check', 'observe', 'none'];

/** What of a frontend decides how its servers are spoken to. */
export type ServerSpeech = Pick<
  Frontend,
  'settings' | 'affinitySeconds' | 'http' | 'tls' | 'serverTls'
>;

/**
 * The options of a server that its Service's settings ask for, in the file and in `add server`,
 * which inherits no default-server (dataplane.md section 5).
 */
export function serverOptions(of: ServerSpeech, paths: PoolPaths): readonly string[] {
  return [...checkOptions(of), ...agentOptions(of), ...uncheckedOptions(of, paths)];
}

/**
 * The same of a server that is tried whether it is well or not; one that is added at run time is
 * not checked unless told to.
 */
export function uncheckedOptions(of: ServerSpeech, paths: PoolPaths): readonly string[] {
  const { settings = {} } = of;
  const most = settings['max-connections-per-server'];
  const slow = settings['slow-start-seconds'];
  return [
    ...(most === undefined ? [] : ['maxconn', String(most)]),
    ...(slow === undefined ? [] : ['slowstart', `${slow}s`]),
    // Ids follow the order of arrival; the address is the same on every node.
    ...(isHashed(of) ? ['hash-key', 'addr-port'] : []),
    ...proxyOptions(of),
    ...tlsOptions(of, paths),
  ];
}

/** What one server has beside them: its part, and a cookie that tells nobody its address. */
export function ownOptions(frontend: Frontend, server: Server): readonly string[] {
  const { http, service, settings } = frontend;
  const weighed = hasAgent(frontend) ? { weight: askedWeight, ...server } : server;
  const role = roleOptions(weighed, frontend);
  if (http === undefined || settings?.['session-cookie'] === undefined) return role;
  return [...role, 'cookie', textDigest(`${service}/${server.name}`)];
}

function proxyOptions({ settings = {}, tls }: ServerSpeech): readonly string[] {
  const proxy = settings['proxy-protocol'];
  if (proxy === undefined) return [];
  const isTold = proxy === 'V2' && tls !== undefined;
  return [
    proxy === 'V1' ? 'send-proxy' : 'send-proxy-v2',
    ...(isTold ? ['proxy-v2-options', 'ssl,cert-cn,authority'] : []),
    ...(settings['health-check-port'] === undefined ? ['check-send-proxy'] : []),
  ];
}

function tlsOptions(
  { http, serverTls }: ServerSpeech,
  { keyDirectory }: PoolPaths,
): readonly string[] {
  const isHttp2 = http?.serverProtocol === 'HTTP2';
  if (serverTls === undefined) return isHttp2 ? ['proto', 'h2'] : [];
  const { authority, name } = serverTls;
  return [
    'ssl',
    ...(authority === undefined
      ? ['verify', 'none']
      : ['verify', 'required', 'ca-file', `${keyDirectory}/${keyFile(authority)}`]),
    ...(name === undefined ? [] : ['sni', `str(${name})`, 'check-sni', name]),
    ...(name === undefined || authority === undefined ? [] : ['verifyhost', name]),
    ...(isHttp2 ? ['alpn', 'h2'] : []),
  ];
}

/** What a backend has of its Service's settings. */
export function backendSettings(w: LineWriter, frontend: Frontend, paths: PoolPaths): void {
  sharingLines(w, frontend);
  checkLines(w, frontend);
  const options = serverOptions(frontend, paths);
  const usual = serverOptions({}, paths);
  if (options.join(' ') !== usual.join(' ')) w.line('default-server', ...options);
}

/** The same of a backend whose servers are tried whether they are well or not. */
export function openBackendSettings(w: LineWriter, frontend: Frontend, paths: PoolPaths): void {
  sharingLines(w, frontend);
  w.line('default-server', ...unchecked, ...uncheckedOptions(frontend, paths));
}

function sharingLines(w: LineWriter, frontend: Frontend): void {
  const { settings = {} } = frontend;
  balanceLines(w, frontend);
  ownPatience(w, frontend);
  const idle = settings['idle-timeout-seconds'];
  if (idle !== undefined) w.line('timeout', 'server', `${idle}s`);
  if (settings['max-connections-per-server'] !== undefined) {
    w.line('timeout', 'queue', queueTimeout);
  }
}
