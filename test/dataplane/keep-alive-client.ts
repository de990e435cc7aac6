// A client of HTTP that keeps its connections: four of them, one after another on each asks as soon
// as it was answered and has rested 10 ms. When its standard input ends it prints what it saw.
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const [address = '', port = '0'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
const seen = {
  ok: 0,
  /** The connection was kept from an earlier answer and was closed: the client asks once more. */
  idleClosed: 0,
  failures: {} as Record<string, number>,
};
let isOver = false;

/** What became of one request: the code of its failure, or nothing. */
function asked(): Promise<{ failure?: string; isKept: boolean }> {
  return new Promise((resolve) => {
    const request = get({ agent, host: address, port, timeout: 5_000 }, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      response.on('end', () => {
        const isKept = request.reusedSocket;
        resolve(status === 200 ? { isKept } : { failure: String(status), isKept: false });
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ failure: error.code ?? error.message, isKept: request.reusedSocket });
    });
  });
}

async function client(): Promise<void> {
  while (!isOver) {
    const { failure, isKept } = await asked();
    if (failure === undefined) seen.ok += 1;
    else if (isKept && failure === 'ECONNRESET') seen.idleClosed += 1;
    else seen.failures[failure] = (seen.failures[failure] ?? 0) + 1;
    await delay(10);
  }
}

const clients = Array.from({ length: 4 }, client);
process.stdin.resume();
process.stdin.once('end', () => {
  isOver = true;
});
await Promise.all(clients);
process.stdout.write(`${JSON.stringify(seen)}\n`);
process.exit(0);
