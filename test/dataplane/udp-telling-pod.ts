// Stands for a pod: answers every datagram to a port with the address that it came from.
import { createSocket } from 'node:dgram';

for (const type of ['udp4', 'udp6'] as const) {
  const socket = createSocket({ type, ipv6Only: type === 'udp6' });
  socket.on('message', (_, { port, address }) => socket.send(address, port, address));
  socket.bind(Number(process.argv[2]));
}
