/**
 * Lets the machine's own network reach the lab's API server although they share no network: this
 * program runs in the lab's namespace, and accepts on a socket that its parent opened outside. A
 * listening socket stays in the namespace it was made in. Every connection is dialled anew, so that
 * API servers may come and go.
 *
 *     kubectl → 127.0.0.1:PORT (machine) ─ relay ─ 10.99.0.1:6443 (lab)
 */
import { connect, Server, type Socket } from 'node:net';
import { controlPlane } from './addresses.ts';

process.once('message', (_message, server) => {
  if (!(server instanceof Server)) throw new Error('the relay was started without a socket');
  server.on('connection', relay);
  process.disconnect?.();
});

function relay(inbound: Socket): void {
  const outbound = connect({ host: controlPlane.ipv4, port: 6443 });
  for (const socket of [inbound, outbound]) socket.setNoDelay(true);
  // One side's end or error is the other side's end: a watch must notice a killed API server at
  // once.
  inbound.on('error', () => outbound.destroy());
  outbound.on('error', () => inbound.destroy());
  inbound.on('close', () => outbound.destroy());
  outbound.on('close', () => inbound.destroy());
  inbound.pipe(outbound).pipe(inbound);
}
