/**
 * Asks grpc.health.v1.Health/Check by HTTP/2 over TLS and prints the answer; what a gRPC library
 * sends is these very frames. `node grpc-client.ts ADDRESS NAME`
 */
import { connect } from 'node:http2';

const [address = '', name = ''] = process.argv.slice(2);
const host = address.includes(':') ? `[${address}]` : address;
const asked = connect(`https://${host}:443`, { servername: name, rejectUnauthorized: false });
asked.setTimeout(5_000, () => finish('no answer'));
asked.on('error', (error) => finish(String(error)));
const request = asked.request({
  ':method': 'POST',
  ':path': '/grpc.health.v1.Health/Check',
  ':authority': name,
  'content-type': 'application/grpc',
  te: 'trailers',
});
const chunks: Buffer[] = [];
let status = 'none';
request.on('trailers', (trailers) => {
  status = String(trailers['grpc-status']);
});
request.on('data', (chunk: Buffer) => chunks.push(chunk));
request.on('end', () => {
  // One message: five bytes of frame, then field 1 as a varint, of which 1 is SERVING.
  const serving = Buffer.concat(chunks).equals(Buffer.from([0, 0, 0, 0, 2, 8, 1]));
  finish(`grpc-status ${status}, ${serving ? 'SERVING' : Buffer.concat(chunks).toString('hex')}`);
});
// An empty HealthCheckRequest: the server as a whole.
request.end(Buffer.from([0, 0, 0, 0, 0]));

function finish(said: string): void {
  process.stdout.write(`${said}\n`);
  process.exit(0);
}
