// Stands for clients that stay: `ADDRESS PORT COUNT`. It says `open` when all are answered by who
// stays (telling-pods.ts), and `closed` at each end of one.
import { connect } from 'node:net';

const [address = '', port = '', count = ''] = process.argv.slice(2);
const answered = Array.from(
  { length: Number(count) },
  () =>
    new Promise<void>((resolve) => {
      const socket = connect(Number(port), address, () => socket.write('stay\n'));
      socket.on('error', () => undefined);
      socket.once('data', () => resolve());
      socket.once('close', () => process.stdout.write('closed\n'));
    }),
);
await Promise.all(answered);
process.stdout.write('open\n');
