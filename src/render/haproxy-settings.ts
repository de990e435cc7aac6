import type { Frontend, FrontendSettings } from '../desired/desired-node.ts';
import { affinityClientsMax } from '../tables/limits.ts';
import type { LineWriter } from './writer.ts';

/** HAProxy's words for how connections are shared out (configuration manual, "balance"). */
const algorithms: Readonly<Record<NonNullable<FrontendSettings['balance']>, readonly string[]>> = {
  RoundRobin: ['roundrobin'],
  LeastConnections: ['leastconn'],
  Random: ['random(2)'],
  SourceHash: ['source'],
  First: ['first'],
};

/** A connection that no server has room for waits this long. */
const queueTimeout = '5s';
/** How long a client address is remembered after its last connection, where it is limited. */
const clientMemory = '60s';

/**
 * The options of a server that its Service's settings ask for, in the file and in `add server`,
 * which inherits no default-server (dataplane.md section 5). A silent pod is down after at most
 * inter + timeout + fastinter + timeout; traffic notices it sooner, by three failed connections.
 */
export function serverOptions(settings: FrontendSettings = {}): readonly string[] {
  const inter = settings['health-check-interval-seconds'] ?? 1;
  const port = settings['health-check-port'];
  const most = settings['max-connections-per-server'];
  const proxy = settings['proxy-protocol'];
  return [
    ...['check', 'inter', `${inter}s`, 'fastinter', '250ms', 'downinter', '1s'],
    ...['fall', '2', 'rise', '1'],
    ...['observe', 'layer4', 'error-limit', '3', 'on-error', 'mark-down'],
    ...(port === undefined ? [] : ['port', String(port)]),
    ...(most === undefined ? [] : ['maxconn', String(most)]),
    // Ids follow the order of arrival; the address is the same on every node.
    ...(settings.balance === 'SourceHash' ? ['hash-key', 'addr-port'] : []),
    ...(proxy === 'V1' ? ['send-proxy'] : []),
    ...(proxy === 'V2' ? ['send-proxy-v2'] : []),
    ...(proxy !== undefined && port === undefined ? ['check-send-proxy'] : []),
  ];
}

/** What a frontend has of its Service's settings. */
export function frontendSettings(w: LineWriter, { name, settings = {} }: Frontend): void {
  const idle = settings['idle-timeout-seconds'];
  if (idle !== undefined) w.line('timeout', 'client', `${idle}s`);
  if (!limitsClients(settings)) return;
  const most = settings['max-connections-per-client'];
  const fastest = settings['connections-per-second-per-client'];
  w.line('tcp-request', 'connection', 'track-sc0', 'src', 'table', clientsOf(name));
  if (most !== undefined) refuse(w, ['sc0_conn_cur', 'gt', most]);
  if (fastest !== undefined) refuse(w, ['sc0_conn_rate', 'gt', fastest]);
}

/** The clients of a frontend, in a section of their own: frontend and backend share one name. */
export function clientsTable(w: LineWriter, { name, family, settings = {} }: Frontend): void {
  if (!limitsClients(settings)) return;
  w.section(['backend', clientsOf(name)], () => {
    const type = family === 'IPv6' ? 'ipv6' : 'ip';
    const table = ['type', type, 'size', affinityClientsMax, 'expire', clientMemory];
    w.line('stick-table', ...table, 'store', 'conn_cur,conn_rate(1s)');
  });
}

function limitsClients(settings: FrontendSettings): boolean {
  return (
    settings['max-connections-per-client'] !== undefined ||
    settings['connections-per-second-per-client'] !== undefined
  );
}

function clientsOf(frontend: string): string {
  return `${frontend}.clients`;
}

function refuse(w: LineWriter, condition: readonly (string | number)[]): void {
  w.line('tcp-request', 'connection', 'reject', 'if', '{', ...condition, '}');
}

/** What a backend has of its Service's settings. */
export function backendSettings(w: LineWriter, { settings = {} }: Frontend): void {
  w.line('balance', ...algorithms[settings.balance ?? 'RoundRobin']);
  if (settings.balance === 'SourceHash') w.line('hash-type', 'consistent');
  const idle = settings['idle-timeout-seconds'];
  if (idle !== undefined) w.line('timeout', 'server', `${idle}s`);
  if (settings['max-connections-per-server'] !== undefined) {
    w.line('timeout', 'queue', queueTimeout);
  }
  if (settings['health-check'] === 'HTTP') httpCheck(w, settings);
  const options = serverOptions(settings);
  if (options.join(' ') !== serverOptions().join(' ')) w.line('default-server', ...options);
}

function httpCheck(w: LineWriter, settings: FrontendSettings): void {
  const host = settings['health-check-host'];
  w.line('option', 'httpchk');
  w.line(
    ...['http-check', 'send', 'meth', 'GET', 'uri', settings['health-check-path'] ?? '/'],
    ...(host === undefined ? [] : ['ver', 'HTTP/1.1', 'hdr', 'Host', host]),
  );
  w.line('http-check', 'expect', 'status', settings['health-check-status'] ?? '200-399');
}
