/**
 * A pod with grpc.health.v1.Health: `node grpc-pod.ts FOLDER PORT [tls]`. Each file of FOLDER that
 * is named after a service says its status, by number; `server` is the server as a whole.
 */
import { readFileSync } from 'node:fs';
import { createSecureServer, createServer, type ServerHttp2Stream } from 'node:http2';
import { join } from 'node:path';

const [folder = '', port = '', kind = 'plain'] = process.argv.slice(2);

const server =
  kind === 'tls'
    ? createSecureServer({
        cert: readFileSync(join(folder, 'pod.crt')),
        key: readFileSync(join(folder, 'pod.key')),
      })
    : createServer();
server.on('stream', (stream: ServerHttp2Stream, headers) => {
  const chunks: Buffer[] = [];
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => answer(stream, String(headers[':path']), Buffer.concat(chunks)));
});
server.listen(Number(port), '10.99.0.1');

// As gRPC says it: the status of the call stands in the trailers, or in the only headers.
function answer(stream: ServerHttp2Stream, path: string, asked: Buffer): void {
  const type = { ':status': 200, 'content-type': 'application/grpc' };
  const status = statusOf(asked);
  const isKnown = path === '/grpc.health.v1.Health/Check';
  if (!isKnown || status === undefined) {
    const refused = { ...type, 'grpc-status': isKnown ? '5' : '12' };
    stream.respond(refused, { endStream: true });
    return;
  }
  stream.respond(type, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.from([0, 0, 0, 0, 2, 8, status]));
}

/** Five bytes of frame, then field 1 of HealthCheckRequest, if it has a name. */
function statusOf(asked: Buffer): number | undefined {
  if (asked.length < 5 || asked.readUInt32BE(1) !== asked.length - 5) return undefined;
  const name = asked.length === 5 ? 'server' : asked.subarray(7).toString();
  try {
    return Number(readFileSync(join(folder, `${name}.status`), 'utf8'));
  } catch {
    return undefined;
  }
}
