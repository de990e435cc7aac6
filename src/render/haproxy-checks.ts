import type { Frontend, FrontendSettings } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import { grpcQuestion } from './grpc-check.ts';
import { type Expression, type LineWriter, literal } from './writer.ts';

type Checked = Pick<Frontend, 'settings' | 'http' | 'serverTls'>;

/** HAProxy's words for what follows on errors (configuration manual, "on-error"). */
const actions: Readonly<Record<NonNullable<FrontendSettings['passive-check-action']>, string>> = {
  MarkDown: 'mark-down',
  FailCheck: 'fail-check',
  SuddenDeath: 'sudden-death',
  FastInterval: 'fastinter',
};

/**
 * When and where a server is checked. At the defaults one that refuses is down after inter and
 * fastinter, 1.05 s; one that is silent after twice the time to connect more (haproxy-patience.ts),
 * 1.45 s; sooner by the traffic, whose third failed connection in a row marks it down.
 */
export function checkOptions(of: Checked): readonly string[] {
  const { settings = {} } = of;
  const inter = settings['health-check-interval-seconds'] ?? 1;
  const fast = settings['health-check-fast-interval-milliseconds'] ?? 50;
  const port = settings['health-check-port'];
  return [
    ...['check', 'inter', `${inter}s`, 'fastinter', `${fast}ms`, 'downinter', '1s'],
    ...['fall', String(settings['health-check-fall'] ?? 2)],
    ...['rise', String(settings['health-check-rise'] ?? 1)],
    ...observed(of),
    ...(port === undefined ? [] : ['port', String(port)]),
    ...tlsOptions(of),
  ];
}

/** What is asked in the clear on a port of its own, whatever the traffic speaks. */
const plainChecks: ReadonlySet<string> = new Set(['TCP', 'HTTP']);

/**
 * Whether a check speaks TLS. By itself it does so as the traffic does, but for a port of its own
 * (configuration manual, "check-ssl").
 */
function tlsOptions({ settings = {}, serverTls }: Checked): readonly string[] {
  const isTls = checksTls(settings);
  if (serverTls !== undefined) {
    const isElsewhere = settings['health-check-port'] !== undefined;
    const isPlain = plainChecks.has(settings['health-check'] ?? 'TCP');
    return isTls || (isElsewhere && !isPlain) ? ['check-ssl'] : [];
  }
  if (!isTls) return [];
  const host = settings['health-check-host'];
  // What is only asked whether it is well need not prove who it is.
  return ['check-ssl', 'verify', 'none', ...(host === undefined ? [] : ['check-sni', host])];
}

/** Whether a check begins with a handshake even where the traffic does not. */
export function checksTls({ 'health-check': asks }: FrontendSettings): boolean {
  return asks === 'TLS' || asks === 'HTTPS';
}

/** Whether the pods of a frontend say themselves what they can take. */
export function hasAgent({ settings }: Pick<Frontend, 'settings'>): boolean {
  return settings?.['agent-check-port'] !== undefined;
}

/** Where and how often they are asked. */
export function agentOptions({ settings = {} }: Checked): readonly string[] {
  const port = settings['agent-check-port'];
  if (port === undefined) return [];
  const inter = settings['agent-check-interval-seconds'] ?? 2;
  return ['agent-check', 'agent-port', String(port), 'agent-inter', `${inter}s`];
}

// Responses are seen where requests are read.
function observed({ settings = {}, http }: Checked): readonly string[] {
  const what = settings['passive-check'];
  // What is left out here would be as in the section defaults.
  if (what === 'Disabled') return ['observe', 'none'];
  const layer = what === 'Responses' && http !== undefined ? 'layer7' : 'layer4';
  const limit = String(settings['passive-check-limit'] ?? 3);
  const action = actions[settings['passive-check-action'] ?? 'MarkDown'];
  return ['observe', layer, 'error-limit', limit, 'on-error', action];
}

/** What a backend says to its servers to see whether they are well. */
export function checkLines(w: LineWriter, checked: Checked): void {
  const { settings = {}, serverTls } = checked;
  const timeout = settings['health-check-timeout-milliseconds'];
  if (timeout !== undefined) w.line('timeout', 'check', `${timeout}ms`);
  const user = settings['health-check-user'] ?? 'haproxy';
  const host = settings['health-check-host'];
  switch (settings['health-check']) {
    case 'HTTP':
    case 'HTTPS':
      httpCheck(w, checked);
      break;
    case 'GRPC':
      grpcCheck(w, { settings, isTls: serverTls !== undefined });
      break;
    case 'Redis':
      w.line('option', 'redis-check');
      break;
    case 'MySQL':
      w.line('option', 'mysql-check', 'user', user);
      break;
    case 'PostgreSQL':
      w.line('option', 'pgsql-check', 'user', user);
      break;
    case 'SMTP':
      w.line('option', 'smtpchk', ...(host === undefined ? [] : ['EHLO', host]));
      break;
    default:
  }
}

function httpCheck(w: LineWriter, checked: Checked): void {
  const { settings = {} } = checked;
  const host = settings['health-check-host'];
  const body = settings['health-check-body'];
  const asked = settings['health-check-method'] ?? 'GET';
  const method = body !== undefined && asked === 'HEAD' ? 'GET' : asked;
  w.line('option', 'httpchk');
  http1Lines(w, checked);
  w.line(
    ...['http-check', 'send', 'meth', method, 'uri', settings['health-check-path'] ?? '/'],
    ...(host === undefined ? [] : ['ver', 'HTTP/1.1', 'hdr', 'Host', host]),
  );
  // HAProxy takes a range from its lower end only.
  const statuses = (settings['health-check-status'] ?? '200-399').split('-').toSorted(byText);
  w.line('http-check', 'expect', 'status', statuses.join('-'));
  if (body !== undefined) w.quoted(['http-check', 'expect', 'string'], body.trim().split(/ +/));
}

/**
 * What is asked at a port of its own need not speak HTTP/2 because the traffic does. By itself a
 * check speaks as its server does; `check-proto` would not do: HAProxy 3.0 forgets that of a
 * default-server.
 */
function http1Lines(w: LineWriter, { settings = {}, http, serverTls }: Checked): void {
  if (http?.serverProtocol !== 'HTTP2' || settings['health-check-port'] === undefined) return;
  const isOffered = serverTls !== undefined && checksTls(settings);
  const offered = isOffered ? ['alpn', 'http/1.1'] : [];
  w.line('http-check', 'connect', 'default', ...offered, 'proto', 'h1');
}

function grpcCheck(
  w: LineWriter,
  of: { readonly settings: FrontendSettings; readonly isTls: boolean },
): void {
  const service = of.settings['health-check-grpc-service'] ?? '';
  // A name in the certificate may be longer than what is sent in one byte's length.
  const host = (of.settings['health-check-host'] ?? 'fairlead').slice(0, 127);
  w.comment('grpc.health.v1.Health/Check, written out: HTTP/2 preface, SETTINGS, HEADERS, DATA.');
  w.line('option', 'tcp-check');
  w.line('tcp-check', 'connect', 'default', ...(of.isTls ? ['alpn', 'h2'] : []));
  w.line('tcp-check', 'send-binary', grpcQuestion({ service, host, isTls: of.isTls }));
  const expect = (what: Expression) => w.expression(['tcp-check', 'expect'], what);
  // Five bytes of frame, then field 1 of HealthCheckResponse. Without min-recv the second line
  // would wait for more of an answer that is whole.
  expect(literal`comment "no status from grpc.health.v1.Health" rbinary 0000000002080[0-9]`);
  expect(literal`min-recv 0 error-status L7STS comment "not SERVING" binary 00000000020801`);
}
