import type { Frontend, FrontendSettings } from '../desired/desired-node.ts';
import { affinityClientsMax } from '../tables/limits.ts';
import type { LineWriter } from './writer.ts';

/** How long what a limit counted is remembered after the last connection. */
const limitMemory = '60s';

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
  const rule: Rule = (...words) => w.line('tcp-request', layer, ...words);
  if (denied !== undefined) {
    acl(w, 'denied_source', denied);
    rule('reject', 'if', 'denied_source');
  }
  if (sources !== undefined) {
    acl(w, 'allowed_source', sources);
    rule('reject', ...(sources.length === 0 ? [] : ['unless', 'allowed_source']));
  }
  clientLimits(frontend, rule);
  portLimits(w, frontend, rule);
}

/** What limits count, in sections of their own: frontend and backend share one name. */
export function limitTables(w: LineWriter, { name, family, settings = {} }: Frontend): void {
  const table = (section: string, ...words: readonly (string | number)[]) =>
    w.section(['backend', section], () => w.line('stick-table', 'type', ...words));
  if (limitsClients(settings)) {
    const type = family === 'IPv6' ? 'ipv6' : 'ip';
    const size = [type, 'size', affinityClientsMax, 'expire', limitMemory];
    const requests =
      settings['requests-per-second-per-client'] === undefined ? '' : ',http_req_rate(1s)';
    table(clientsOf(name), ...size, 'store', `conn_cur,conn_rate(1s)${requests}`);
  }
  if (limitsPort(settings)) {
    const size = ['integer', 'size', 1, 'expire', limitMemory];
    table(portOf(name), ...size, 'store', 'conn_cur,gpc0_rate(1s)');
  }
}

/** One `tcp-request` of the layer at which the client is known. */
type Rule = (...words: readonly (string | number)[]) => void;

function acl(w: LineWriter, name: string, networks: readonly string[]): void {
  for (let from = 0; from < networks.length; from += networksPerLine) {
    w.line('acl', name, 'src', ...networks.slice(from, from + networksPerLine));
  }
}

function clientLimits({ name, settings = {} }: Frontend, rule: Rule): void {
  if (!limitsClients(settings)) return;
  const most = settings['max-connections-per-client'];
  const fastest = settings['connections-per-second-per-client'];
  rule('track-sc0', 'src', 'table', clientsOf(name));
  if (most !== undefined) rule('reject', 'if', '{', 'sc0_conn_cur', 'gt', most, '}');
  if (fastest !== undefined) rule('reject', 'if', '{', 'sc0_conn_rate', 'gt', fastest, '}');
}

// HAProxy's own figures would not do: fe_conn counts clients that are about to be turned away, and
// fe_sess_rate none whose TLS handshake still goes on.
function portLimits(w: LineWriter, { name, settings = {} }: Frontend, rule: Rule): void {
  if (!limitsPort(settings)) return;
  const most = settings['max-connections'];
  const fastest = settings['connections-per-second'];
  w.comment('Limits of the port as a whole: who was turned away above takes no part of them.');
  rule('track-sc1', 'int(0)', 'table', portOf(name));
  if (most !== undefined) rule('reject', 'if', '{', 'sc1_conn_cur', 'gt', most, '}');
  if (fastest === undefined) return;
  rule('reject', 'if', '{', 'sc1_gpc0_rate', 'ge', fastest, '}');
  rule('sc-inc-gpc0(1)');
}

function limitsClients(settings: FrontendSettings): boolean {
  return (
    settings['max-connections-per-client'] !== undefined ||
    settings['connections-per-second-per-client'] !== undefined ||
    settings['requests-per-second-per-client'] !== undefined
  );
}

function limitsPort(settings: FrontendSettings): boolean {
  return (
    settings['max-connections'] !== undefined || settings['connections-per-second'] !== undefined
  );
}

const clientsOf = (frontend: string) => `${frontend}.clients`;
const portOf = (frontend: string) => `${frontend}.port`;
