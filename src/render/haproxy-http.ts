import type { Frontend } from '../desired/desired-node.ts';
import { idleSecondsUsual } from '../tables/settings/client-settings.ts';
import { type LineWriter, literal } from './writer.ts';

/** An idle client keeps its connection so long; browsers close theirs about then as well. */
const keepAlive = '60s';
/** What is worth compressing. */
const compressedTypes = [
  ...['text/html', 'text/plain', 'text/css', 'text/javascript', 'application/javascript'],
  ...['application/json', 'application/xml'],
];
const unanswered = [502, 503, 504];

/** What a frontend that reads requests does with them; nothing for one that passes bytes on. */
export function httpFrontend(w: LineWriter, frontend: Frontend): void {
  const { http, settings = {} } = frontend;
  if (http === undefined) return;
  w.line('timeout', 'http-request', `${settings['request-timeout-seconds'] ?? 10}s`);
  w.line('timeout', 'http-keep-alive', keepAlive);
  w.comment('At a reload an idle connection is closed after its next answer, not under it.');
  w.line('option', 'idle-close-on-response');
  refusals(w, frontend);
  if (http.redirectPort !== undefined) {
    redirect(w, http.redirectPort);
    return;
  }
  clientHeaders(w, frontend);
  certificateHeader(w, frontend);
  answers(w, frontend);
}

/** What the backend of such a frontend has beside its servers. */
export function httpBackend(w: LineWriter, { http, tls, settings = {} }: Frontend): void {
  if (http === undefined) return;
  w.line('mode', 'http');
  w.comment('WebSockets: bytes in both directions, as in TCP mode.');
  w.line('timeout', 'tunnel', `${settings['idle-timeout-seconds'] ?? idleSecondsUsual}s`);
  if (settings['client-headers'] === 'Forwarded') w.line('option', 'forwarded');
  const cookie = settings['session-cookie'];
  if (cookie === undefined) return;
  const safe = tls === undefined ? [] : ['secure'];
  w.line('cookie', cookie, 'insert', 'indirect', 'nocache', 'httponly', ...safe);
}

/** Without the port that a client came by, which may stand in the name it asks for. */
function redirect(w: LineWriter, port: number): void {
  const there =
    port === 443
      ? literal`https://%[req.hdr(host),host_only]%[pathq]`
      : literal`https://%[req.hdr(host),host_only]:${port}%[pathq]`;
  w.expression(['http-request', 'redirect', 'location'], there, literal`code 308`);
}

function refusals(w: LineWriter, { settings = {} }: Frontend): void {
  const fastest = settings['requests-per-second-per-client'];
  const longest = settings['max-request-bytes'];
  const deny = (status: number, ...condition: readonly (string | number)[]) =>
    w.line('http-request', 'deny', 'deny_status', status, 'if', '{', ...condition, '}');
  if (fastest !== undefined) deny(429, 'sc0_http_req_rate', 'gt', fastest);
  if (longest === undefined) return;
  deny(413, 'req.hdr(content-length)', '-m', 'int', 'gt', longest);
  unannounced(w);
}

/**
 * A body whose length nobody announced (chunked, or of HTTP/2) cannot be measured before it has
 * gone through, so where its length counts it is refused. HAProxy shows only by has_eom, which its
 * manual keeps for developers, whether a request of HTTP/2 has a body still to come; req.body_size
 * finds one that came with the headers.
 */
function unannounced(w: LineWriter): void {
  w.comment('A body of unknown length would pass every limit.');
  const words = ['http-request', 'deny', 'deny_status', 411, 'content-type', 'text/plain'];
  for (const hasBody of [literal`!{ internal.htx.has_eom }`, literal`{ req.body_size gt 0 }`]) {
    w.expression(words, noLength, hasBody);
  }
}

const noLength = literal`string "Length Required" if !{ req.hdr(content-length) -m found }`;

function clientHeaders(w: LineWriter, { port, tls, settings = {} }: Frontend): void {
  if (settings['client-headers'] !== undefined) return;
  w.line('option', 'forwardfor');
  const set = (name: string, value: string | number) =>
    w.line('http-request', 'set-header', name, value);
  set('X-Forwarded-Proto', tls === undefined ? 'http' : 'https');
  set('X-Forwarded-Port', port);
}

// What a client writes there itself never reaches a pod, by a port without TLS no more than by
// another, nor with the underscores that CGI, WSGI and PHP cannot tell from hyphens.
function certificateHeader(w: LineWriter, { tls, settings = {} }: Frontend): void {
  if (settings['tls-client-ca'] === undefined && tls?.clientAuthority === undefined) return;
  w.expression(['http-request', 'del-header'], literal`^x[-_]ssl[-_]client[-_]subject$ -m reg`);
  if (tls?.clientAuthority === undefined) return;
  w.expression(
    ['http-request', 'set-header', subjectHeader],
    literal`%[ssl_c_s_dn('',0,rfc2253)] if { ssl_c_used }`,
  );
}

const subjectHeader = 'X-SSL-Client-Subject';

function answers(w: LineWriter, { tls, settings = {} }: Frontend): void {
  const seconds = settings['hsts-seconds'];
  if (tls !== undefined && seconds !== undefined) {
    const name = 'Strict-Transport-Security';
    w.line('http-response', 'set-header', name, `max-age=${seconds}`);
  }
  if (settings.compression === 'Enabled') {
    w.line('compression', 'algo', 'gzip');
    w.line('compression', 'type', ...compressedTypes);
  }
  const text = settings['error-text'];
  for (const status of text === undefined ? [] : unanswered) {
    const type = ['content-type', 'text/plain', 'string'];
    w.quoted(['http-error', 'status', status, ...type], (text ?? '').trim().split(/ +/));
  }
}
