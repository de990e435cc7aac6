// Stands for pods: answers every datagram with the number of the port it came to.
import { createSocket } from 'node:dgram';

for (const port of process.argv.slice(2)) {
  for (const [type, address] of [
    ['udp4', '10.99.0.1'],
    ['udp6', 'fd99::1'],
  ] as const) {
    const socket = createSocket(type);
    socket.on('message', (_, { port: from, address: to }) => socket.send(port, from, to));
    socket.bind(Number(port), address);
  }
}
