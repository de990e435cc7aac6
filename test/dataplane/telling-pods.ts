// Stands for pods that tell what they hear: `PORT HEX` of the first bytes. An HTTP check of
// /healthz is answered by 503 while a file named PORT.sick lies in the folder given first.
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const [folder = '', ...ports] = process.argv.slice(2);

for (const port of ports) {
  createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      if (data.includes('GET /healthz')) {
        const isSick = existsSync(join(folder, `${port}.sick`));
        socket.end(`HTTP/1.0 ${isSick ? 503 : 200} health\r\n\r\n`);
      } else if (data.includes('stay')) socket.write(`${port} stays\n`);
      else socket.end(`${port} ${data.toString('hex')}\n`);
    });
  }).listen(Number(port), '10.99.0.1');
}
