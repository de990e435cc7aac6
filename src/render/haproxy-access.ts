import type { Frontend, FrontendSettings } from '../desired/desired-node.ts';
import { affinityClientsMax } from '../tables/limits.ts';
import type { LineWriter } from './writer.ts';

/** How long a client address is remembered after its last connection, where it is limited. */
const clientMemory = '60s';

/** A line of HAProxy's file takes 64 words. */
const networksPerLine = 16;

/**
 * Who may connect: closed and counted before anything else is spent on the connection. Behind
 * another load balancer the client is known only once the PROXY header was read.
 */
export function access(w: LineWriter, frontend: Frontend): void {
  const { proxies, denied, sources } = frontend;
  const layer = proxies === undefined ? 'connection' : 'session';
  if (proxies !== undefined) {
    acl(w, 'trusted_proxy', proxies);
    w.line('tcp-request', 'connection', 'expect-proxy', 'layer4', 'if', 'trusted_proxy');
  }
  const reject = (...condition: readonly (string | number)[]) =>
    w.line('tcp-request', layer, 'reject', ...condition);
  if (denied !== undefined) {
    acl(w, 'denied_source', denied);
    reject('if', 'denied_source');
  }
  if (sources !== undefined) {
    acl(w, 'allowed_source', sources);
    reject(...(sources.length === 0 ? [] : ['unless', 'allowed_source']));
  }
  limits(w, frontend, { layer, reject });
}

/** The clients of a frontend, in a section of their own: frontend and backend share one name. */
export function clientsTable(w: LineWriter, { name, family, settings = {} }: Frontend): void {
  if (!limitsClients(settings)) return;
  w.section(['backend', clientsOf(name)], () => {
    const type = family === 'IPv6' ? 'ipv6' : 'ip';
    const table = ['type', type, 'size', affinityClientsMax, 'expire', clientMemory];
    const requests =
      settings['requests-per-second-per-client'] === undefined ? '' : ',http_req_rate(1s)';
    w.line('stick-table', ...table, 'store', `conn_cur,conn_rate(1s)${requests}`);
  });
}

function acl(w: LineWriter, name: string, networks: readonly string[]): void {
  for (let from = 0; from < networks.length; from += networksPerLine) {
    w.line('acl', name, 'src', ...networks.slice(from, from + networksPerLine));
  }
}

function limits(
  w: LineWriter,
  { name, settings = {} }: Frontend,
  {
    layer,
    reject,
  }: {
    readonly layer: string;
    readonly reject: (...condition: readonly (string | number)[]) => void;
  },
): void {
  if (!limitsClients(settings)) return;
  const most = settings['max-connections-per-client'];
  const fastest = settings['connections-per-second-per-client'];
  w.line('tcp-request', layer, 'track-sc0', 'src', 'table', clientsOf(name));
  if (most !== undefined) reject('if', '{', 'sc0_conn_cur', 'gt', most, '}');
  if (fastest !== undefined) reject('if', '{', 'sc0_conn_rate', 'gt', fastest, '}');
}

function limitsClients(settings: FrontendSettings): boolean {
  return (
    settings['max-connections-per-client'] !== undefined ||
    settings['connections-per-second-per-client'] !== undefined ||
    settings['requests-per-second-per-client'] !== undefined
  );
}

function clientsOf(frontend: string): string {
  return `${frontend}.clients`;
}
