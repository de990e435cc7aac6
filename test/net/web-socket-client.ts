/**
 * Says hello by a WebSocket over TLS and prints what comes back.
 * `node web-socket-client.ts ADDRESS NAME`
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:tls';

const [address = '', name = ''] = process.argv.slice(2);
const socket = connect({ host: address, port: 443, servername: name, rejectUnauthorized: false });
socket.setTimeout(5_000, () => finish('no answer'));
socket.on('error', (error) => finish(String(error)));
socket.write(
  [
    ...['GET /talk HTTP/1.1', `Host: ${name}`, 'Connection: Upgrade', 'Upgrade: websocket'],
    ...['Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`],
    ...['', ''],
  ].join('\r\n'),
);
let heard = Buffer.alloc(0);
let isOpen = false;
socket.on('data', (chunk) => {
  heard = Buffer.concat([heard, chunk]);
  if (!isOpen) {
    const end = heard.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = heard.subarray(0, end).toString();
    if (!head.startsWith('HTTP/1.1 101')) return finish(head.split('\r\n')[0] ?? '');
    isOpen = true;
    heard = heard.subarray(end + 4);
    socket.write(masked('hello'));
  }
  // A text frame that is not masked: two bytes, then the text (RFC 6455, 5.2).
  const length = (heard[1] ?? 0) & 0x7f;
  if (heard.length >= 2 + length && length > 0) finish(`echo ${heard.subarray(2, 2 + length)}`);
});

/** A client's frames are masked (RFC 6455, 5.3). */
function masked(text: string): Buffer {
  const mask = randomBytes(4);
  const bytes = Buffer.from(text).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x81, 0x80 | bytes.length]), mask, bytes]);
}

function finish(said: string): void {
  process.stdout.write(`${said}\n`);
  process.exit(0);
}
