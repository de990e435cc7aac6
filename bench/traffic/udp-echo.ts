// Stands for UDP pods: sends every datagram back, on each port given.
import { createSocket } from 'node:dgram';

for (const port of process.argv.slice(2)) {
  const socket = createSocket('udp4');
  socket.on('message', (text, { port: from, address: to }) => socket.send(text, from, to));
  socket.bind(Number(port));
}
