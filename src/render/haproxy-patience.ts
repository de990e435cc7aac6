import type { Frontend } from '../desired/desired-node.ts';
import { checksTls } from './haproxy-checks.ts';
import type { LineWriter } from './writer.ts';

/**
 * How long a server may take to be connected, in milliseconds. A check has the same time
 * (configuration manual, "timeout check"), so it decides when a silent pod is out: at the defaults
 * after inter + connect + fastinter + connect, 1 + 0.2 + 0.05 + 0.2 s.
 */
const usualMilliseconds = 200;

/** Being connected is then the handshake as well, in which both sides compute. */
const withHandshakeMilliseconds = 500;

/** How long a client is waited for at least, while one server after the other is tried. */
const clientMilliseconds = 1_500;

/** What a backend has that says nothing of it. */
export function usualPatience(w: LineWriter): void {
  lines(w, usualMilliseconds);
}

/** What a backend has that says so, or whose servers or checks speak TLS. */
export function ownPatience(
  w: LineWriter,
  { serverTls, settings = {} }: Pick<Frontend, 'serverTls' | 'settings'>,
): void {
  const isTls = serverTls !== undefined || checksTls(settings);
  const own = settings['connect-timeout-milliseconds'];
  const milliseconds = own ?? (isTls ? withHandshakeMilliseconds : undefined);
  if (milliseconds !== undefined) lines(w, milliseconds);
}

function lines(w: LineWriter, milliseconds: number): void {
  w.line('timeout', 'connect', `${milliseconds}ms`);
  w.line('retries', Math.max(1, Math.ceil(clientMilliseconds / milliseconds) - 1));
}
