/**
 * The open-loop client: every `--every-ms` it opens a new TCP connection and asks for `--path`,
 * however many requests are still out, and gives each `--timeout-ms` in all. A closed loop would
 * wait with its next request for the answer that does not come, and so count an outage of a second
 * as one slow request.
 *
 * It prints one line a request: start and end in milliseconds since the epoch, `ok` and the
 * replica's name or `fail` and the kind; with `--tls-name`, which it asks for by SNI, the serial
 * number of the certificate instead of the replica. It stops on SIGTERM, or when its stdin ends if
 * told `--while-stdin`.
 */
import { connect } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { parseArgs } from 'node:util';

const { values: given } = parseArgs({
  options: {
    address: { type: 'string' },
    port: { type: 'string', default: '80' },
    path: { type: 'string', default: '/hostname' },
    'every-ms': { type: 'string', default: '10' },
    'timeout-ms': { type: 'string', default: '100' },
    'tls-name': { type: 'string' },
    'while-stdin': { type: 'boolean', default: false },
  },
});
const host = given.address ?? '127.0.0.1';
const port = Number(given.port);
const everyMs = Number(given['every-ms']);
const timeoutMs = Number(given['timeout-ms']);
const authority = host.includes(':') ? `[${host}]` : host;
const tlsName = given['tls-name'];
const question = `GET ${given.path} HTTP/1.1\r\nHost: ${tlsName ?? authority}\r\nConnection: close\r\n\r\n`;

/** A timer that is later than this was kept waiting by the machine, not by the server. */
const latenessMs = 5;

let outstanding = 0;
let stopping = false;
let nextAt = performance.now();

function tick(): void {
  // A late timer sends what it owes: the rate is a promise, the event loop's punctuality is not.
  while (!stopping && performance.now() >= nextAt) {
    ask();
    nextAt += everyMs;
  }
  if (!stopping) setTimeout(tick, Math.max(0, nextAt - performance.now()));
  else if (outstanding === 0) process.exit(0);
}

function ask(): void {
  const startMs = nowMs();
  let answer = '';
  let connected = false;
  let told = false;
  outstanding += 1;
  const tell = (outcome: string) => {
    if (told) return;
    told = true;
    outstanding -= 1;
    clearTimeout(timer);
    socket.destroy();
    process.stdout.write(`${startMs.toFixed(2)} ${nowMs().toFixed(2)} ${outcome}\n`);
    if (stopping && outstanding === 0) process.exit(0);
  };
  const socket =
    tlsName === undefined
      ? connect({ host, port })
      : connectTls({ host, port, servername: tlsName, rejectUnauthorized: false });
  let answeredBy: string | undefined;
  const expire = () => tell(connected ? 'fail answer-timeout' : 'fail connect-timeout');
  let timer = setTimeout(() => {
    // A client that was not scheduled has not waited: it gets the time back, once, and reads first
    // what has come meanwhile (timers run before sockets are read).
    const lateMs = nowMs() - startMs - timeoutMs;
    if (lateMs > latenessMs) timer = setTimeout(expire, Math.min(lateMs, timeoutMs));
    else setImmediate(expire);
  }, timeoutMs);
  socket.setEncoding('utf8');
  socket.on(tlsName === undefined ? 'connect' : 'secureConnect', () => {
    connected = true;
    if (socket instanceof TLSSocket) answeredBy = socket.getPeerCertificate().serialNumber;
    socket.write(question);
  });
  socket.on('data', (piece: string) => {
    answer += piece;
    if (isWhole(answer)) tell(told200(answer, answeredBy));
  });
  socket.on('end', () => tell(answer === '' ? 'fail closed' : told200(answer, answeredBy)));
  socket.on('error', (error: NodeJS.ErrnoException) => tell(`fail ${error.code ?? 'error'}`));
  socket.on('close', () => tell('fail closed'));
}

function isWhole(answer: string): boolean {
  const [head = '', body] = answer.split('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  return body !== undefined && length !== undefined && body.length >= Number(length);
}

function told200(answer: string, answeredBy: string | undefined): string {
  const status = answer.slice(9, 12);
  if (status !== '200') return `fail status-${/^\d{3}$/.test(status) ? status : 'none'}`;
  const replica = answeredBy ?? (answer.split('\r\n\r\n')[1] ?? '').trim().replaceAll(/\s/g, '_');
  return replica === '' ? 'fail empty' : `ok ${replica}`;
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function stop(): void {
  stopping = true;
  if (outstanding === 0) process.exit(0);
}

process.on('SIGTERM', stop);
// Whoever read this is gone: nobody waits for an answer.
process.stdout.on('error', () => process.exit(0));
if (given['while-stdin']) {
  process.stdin.on('end', stop);
  process.stdin.resume();
}
tick();
