// An open-loop client: a new connection every so many milliseconds, each with a time-out. When its
// standard input ends it prints what it saw.
import { connect } from 'node:net';

const [address = '', port = '0', timeOut = '0', pause = '10'] = process.argv.slice(2);
const seen = {
  ok: 0,
  failed: 0,
  longestGapMs: 0,
  answers: {} as Record<string, number>,
  failures: {} as Record<string, number>,
};
let last = performance.now();

function attempt(): void {
  const socket = connect({ host: address, port: Number(port) });
  let answer = '';
  let failure = 'closed';
  const timer = setTimeout(() => {
    failure = 'late';
    socket.destroy();
  }, Number(timeOut));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code ?? error.message;
  });
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.once('close', () => {
    clearTimeout(timer);
    if (answer === '') failed(failure);
    else succeeded(answer.trim());
  });
}

function succeeded(answer: string): void {
  const now = performance.now();
  seen.ok += 1;
  seen.longestGapMs = Math.max(seen.longestGapMs, Math.round(now - last));
  seen.answers[answer] = (seen.answers[answer] ?? 0) + 1;
  last = now;
}

function failed(failure: string): void {
  seen.failed += 1;
  seen.failures[failure] = (seen.failures[failure] ?? 0) + 1;
}

const ticker = setInterval(attempt, Number(pause));
process.stdin.resume();
process.stdin.on('end', () => {
  clearInterval(ticker);
  setTimeout(() => {
    seen.longestGapMs = Math.max(
      seen.longestGapMs,
      Math.round(performance.now() - last - Number(timeOut) - 50),
    );
    process.stdout.write(`${JSON.stringify(seen)}\n`);
    process.exit(0);
  }, Number(timeOut) + 50);
});
