import type { Frontend } from '../desired/desired-node.ts';
import { type LineWriter, literal } from './writer.ts';

/** One line of JSON a connection; names of fields stand beside HAProxy's own. */
const tcpFormat = [
  literal`"%{+json}o %(time_ms)[accept_date(ms)] %(client)[src] %(frontend)f %(server)s`,
  literal`%(received_bytes)U %(sent_bytes)B %(queue_ms)Tw %(connect_ms)Tc %(total_ms)Tt`,
  literal`%(end)ts %(tls)sslv"`,
];

/** And one a request. */
const httpFormat = [
  literal`"%{+json}o %(time_ms)[accept_date(ms)] %(client)[src] %(frontend)f %(server)s`,
  literal`%(method)HM %(path)HPO %(version)HV %(status)ST %(received_bytes)U %(sent_bytes)B`,
  literal`%(queue_ms)Tw %(connect_ms)Tc %(answer_ms)Tr %(total_ms)Ta %(end)ts %(tls)sslv"`,
];

/** What of a frontend's traffic is logged; nothing unless its owner asks for it. */
export function accessLog(w: LineWriter, { http, settings = {} }: Frontend): void {
  const wanted = settings['access-log'];
  if (wanted === undefined) return;
  const sample = settings['access-log-sample'] ?? 1;
  w.comment('The process itself logs at notice and above; connections are below that.');
  w.line('log', 'stdout', 'format', 'raw', 'sample', `1:${sample}`, 'local0', 'info');
  if (wanted === 'Errors') w.line('option', 'dontlog-normal');
  w.expression(['log-format'], ...(http === undefined ? tcpFormat : httpFormat));
}
