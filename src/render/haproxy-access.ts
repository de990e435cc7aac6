import type { Frontend, FrontendSettings } from '../desired/desired-node.ts';
import { affinityClientsMax } from '../tables/limits.ts';
import type { LineWriter } from './writer.ts';

/** How long what a limit counted is remembered after the last connection. */
const limitMemory = '60s';

/** A line of HAProxy's file takes 64 words. */
const networksPerLine = 16;

/**
 * Who may connect: closed and counted before anything else is spent on the connection. Behind
 * another load balancer the client is known only once the PROXY header was read, and may be of
 * either family.
 */
export function access(w: LineWriter, frontend: Frontend): void {
  const { proxies, denied, sources } = frontend;
  const layer = proxies === undefined ? 'connection' : 'session';
  if (proxies !== undefined) {
    acl(w, 'trusted_proxy', proxies);
    w.line('tcp-request', 'connection', 'expect-proxy', 'layer4', 'if', 'trusted_proxy');
  }
  if (proxies !== undefined && [...(denied ?? []), ...(sources ?? [])].some(isSix)) {
    w.comment('Networks of IPv6 are for its clients: ::/0 holds those of IPv4 as well.');
    w.line('acl', ipv6Client, 'src', '-m', 'sub', ':');
  }
  const rule: Rule = (...words) => w.line('tcp-request', layer, ...words);
  if (denied !== undefined) {
    rule('reject', 'if', ...listed(w, 'denied_source', { networks: denied, proxies }));
  }
  if (sources !== undefined) {
    const allowed = listed(w, 'allowed_source', { networks: sources, proxies });
    rule('reject', ...(allowed.length === 0 ? [] : ['unless', ...allowed]));
  }
  clientLimits(frontend, rule);
  portLimits(w, frontend, rule);
}

/** What limits count, in sections of their own: frontend and backend share one name. */
export function limitTables(w: LineWriter, frontend: Frontend): void {
  const { name, settings = {} } = frontend;
  const table = (section: string, ...words: readonly (string | number)[]) =>
    w.section(['backend', section], () => w.line('stick-table', 'type', ...words));
  if (limitsClients(settings)) {
    const size = [clientKey(frontend), 'size', affinityClientsMax, 'expire', limitMemory];
    const requests =
      settings['requests-per-second-per-client'] === undefined ? '' : ',http_req_rate(1s)';
    table(clientsOf(name), ...size, 'store', `conn_cur,conn_rate(1s)${requests}`);
  }
  if (limitsPort(settings)) {
    const size = ['integer', 'size', 1, 'expire', limitMemory];
    table(portOf(name), ...size, 'store', 'conn_cur,gpc0_rate(1s)');
  }
}

/**
 * What a client is remembered by. A table of IPv6 takes clients of IPv4 as well; one of IPv4 knows
 * no others, whom no limit would meet.
 */
export function clientKey({ family, proxies }: Frontend): 'ip' | 'ipv6' {
  return family === 'IPv6' || proxies !== undefined ? 'ipv6' : 'ip';
}

/** One `tcp-request` of the layer at which the client is known. */
type Rule = (...words: readonly (string | number)[]) => void;

function acl(w: LineWriter, name: string, networks: readonly string[]): void {
  for (let from = 0; from < networks.length; from += networksPerLine) {
    w.line('acl', name, 'src', ...networks.slice(from, from + networksPerLine));
  }
}

/**
 * Writes who is listed; answers the condition that a client is. HAProxy looks for 192.0.2.1 among
 * networks of IPv6 too, as ::ffff:192.0.2.1, so where both families come all of IPv6 would be
 * everybody.
 */
function listed(w: LineWriter, name: string, { networks, proxies }: Listed): readonly string[] {
  const six = proxies === undefined ? [] : networks.filter(isSix);
  const others = proxies === undefined ? networks : networks.filter((each) => !isSix(each));
  acl(w, name, others);
  acl(w, `${name}6`, six);
  if (six.length === 0) return others.length === 0 ? [] : [name];
  return [...(others.length === 0 ? [] : [name, 'or']), `${name}6`, ipv6Client];
}

type Listed = {
  readonly networks: readonly string[];
  readonly proxies: Frontend['proxies'] | undefined;
};

function isSix(network: string): boolean {
  return network.includes(':');
}

const ipv6Client = 'ipv6_client';

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
