// A closed-loop UDP client: udp-client.ts ADDRESS PORT SECONDS FLOWS. Every flow has four requests
// under way, so that neither side waits for the other's turn. Prints what came back.
import { createSocket, type Socket } from 'node:dgram';

const [address = '', port = '0', seconds = '1', flows = '1'] = process.argv.slice(2);
const underWay = 4;
/** A flow that heard nothing for so long has lost its datagrams. */
const lostAfterMs = 100;
const request = Buffer.alloc(64);
const seen = { requests: 0, failed: 0 };

type Flow = { readonly socket: Socket; heard: boolean };

function startFlow(): Flow {
  const socket = createSocket('udp4');
  const flow = { socket, heard: true };
  socket.on('message', () => {
    seen.requests += 1;
    flow.heard = true;
    socket.send(request);
  });
  // A refusal is an answer like none: the flow is found silent.
  socket.on('error', () => undefined);
  socket.connect(Number(port), address, () => fill(flow));
  return flow;
}

function fill({ socket }: Flow): void {
  for (let sent = 0; sent < underWay; sent += 1) socket.send(request);
}

const all = Array.from({ length: Number(flows) }, startFlow);
const startMs = performance.now();
setInterval(() => {
  for (const flow of all) {
    if (!flow.heard) {
      seen.failed += underWay;
      fill(flow);
    }
    flow.heard = false;
  }
}, lostAfterMs);
setTimeout(() => {
  const taken = (performance.now() - startMs) / 1000;
  process.stdout.write(`${JSON.stringify({ ...seen, seconds: taken })}\n`);
  process.exit(0);
}, Number(seconds) * 1000);
