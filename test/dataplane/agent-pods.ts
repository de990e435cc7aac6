// Stands for the agents of pods: `node agent-pods.ts FOLDER PORT…`. Who connects is told what
// FOLDER/PORT.says holds; without such a file the connection is closed without a word.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const [folder = '', ...ports] = process.argv.slice(2);

for (const port of ports) {
  createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(said(port));
  }).listen(Number(port), '10.99.0.1');
}

function said(port: string): string {
  try {
    return `${readFileSync(join(folder, `${port}.says`), 'utf8')}\n`;
  } catch {
    return '';
  }
}
