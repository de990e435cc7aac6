/**
 * Stands for web pods whose mood a test sets: `node moody-pods.ts FOLDER PORT…`. Each reads
 * FOLDER/PORT.mood, what it answers to checks of /healthz and to everybody else, and adds a line to
 * FOLDER/PORT.checks for each check. One that is given as `tls:PORT` speaks TLS with pod.crt and
 * pod.key of the folder, and writes into FOLDER/PORT.names whom the last check named, and into
 * FOLDER/PORT.sni whom the last handshake did.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import type { Mood } from './mood.ts';

const [folder = '', ...places] = process.argv.slice(2);
const ofFolder = (name: string) => readFileSync(join(folder, name));

for (const place of places) {
  const port = place.replace('tls:', '');
  const pod = (request: IncomingMessage, response: ServerResponse) =>
    served(port, request, response);
  const server =
    place === port
      ? createServer(pod)
      : createTlsServer({ cert: ofFolder('pod.crt'), key: ofFolder('pod.key') }, pod);
  server.on('secureConnection', (socket: TLSSocket) => {
    writeFileSync(join(folder, `${port}.sni`), JSON.stringify(nameOf(socket)));
  });
  server.listen(Number(port), '10.99.0.1');
}

function served(port: string, request: IncomingMessage, response: ServerResponse): void {
  const mood = moodOf(port);
  request.resume();
  if (request.url !== '/healthz') {
    answer(response, { status: mood.traffic ?? 200, body: port });
    return;
  }
  if (request.socket instanceof TLSSocket) {
    const names = { host: request.headers.host, sni: nameOf(request.socket) };
    writeFileSync(join(folder, `${port}.names`), JSON.stringify(names));
  }
  const isTaken = mood.method === undefined || mood.method === request.method;
  const status = isTaken ? (mood.status ?? 200) : 405;
  appendFileSync(join(folder, `${port}.checks`), `${status}\n`);
  setTimeout(() => answer(response, { status, body: mood.body ?? '' }), mood.delay ?? 0);
}

/** Whom a client asked for in the handshake; node's types leave this half of a socket out. */
function nameOf(socket: TLSSocket): string | false | undefined {
  return (socket as { readonly servername?: string | false }).servername;
}

function answer(response: ServerResponse, of: { readonly status: number; readonly body: string }) {
  response.writeHead(of.status, { connection: 'close' });
  response.end(of.body);
}

function moodOf(port: string): Mood {
  try {
    return JSON.parse(readFileSync(join(folder, `${port}.mood`), 'utf8')) as Mood;
  } catch {
    return {};
  }
}
