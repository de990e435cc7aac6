// A client of one connection per request, which closes first: 500 connections a second at most.
// Prints how many requests were answered and how many were not.
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const [address = '', port = '0', count = '0'] = process.argv.slice(2);

/** Whether a request was answered, when its connection is closed. */
function asked(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: Number(port) });
    let isAnswered = false;
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on('connect', () => socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'));
    socket.on('data', () => {
      isAnswered = true;
      socket.end();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(isAnswered));
  });
}

const answers: Promise<boolean>[] = [];
while (answers.length < Number(count)) {
  answers.push(...Array.from({ length: 5 }, asked));
  await delay(10);
}
const all = await Promise.all(answers);
const ok = all.filter((isAnswered) => isAnswered).length;
process.stdout.write(JSON.stringify({ ok, failed: all.length - ok }));
