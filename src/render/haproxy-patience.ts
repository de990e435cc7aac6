import type { Frontend } from '../desired/desired-node.ts';
import { checksTls } from './haproxy-checks.ts';
import type { LineWriter } from './writer.ts';

type Patience = { readonly connectMilliseconds: number; readonly retries: number };

/**
 * How long a server may take to be connected, and how often another is tried. A check has the same
 * time (configuration manual, "timeout check"), so it decides when a silent pod is out: at the
 * defaults after inter + connect + fastinter + connect, 1 + 0.2 + 0.05 + 0.2 s. The retries are as
 * many as make a client's patience that of three attempts of 500 ms.
 */
const usual: Patience = { connectMilliseconds: 200, retries: 7 };

/** Being connected is then the handshake as well, in which both sides compute. */
const withHandshake: Patience = { connectMilliseconds: 500, retries: 2 };

/** What a backend has that says nothing of it. */
export function usualPatience(w: LineWriter): void {
  lines(w, usual);
}

/** What a backend has whose servers, or whose checks, speak TLS. */
export function ownPatience(
  w: LineWriter,
  { serverTls, settings = {} }: Pick<Frontend, 'serverTls' | 'settings'>,
): void {
  if (serverTls !== undefined || checksTls(settings)) lines(w, withHandshake);
}

function lines(w: LineWriter, { connectMilliseconds, retries }: Patience): void {
  w.line('timeout', 'connect', `${connectMilliseconds}ms`);
  w.line('retries', retries);
}
