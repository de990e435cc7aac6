// Stands for pods: on every port named it accepts, sends the port's number and ends the connection.
import { createServer } from 'node:net';

for (const port of process.argv.slice(2)) {
  createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(`${port}\n`);
  }).listen(Number(port), '10.99.0.1');
}
