/**
 * Stands for web pods whose mood a test sets: `node moody-pods.ts FOLDER PORT…`. Each reads
 * FOLDER/PORT.mood, what it answers to checks of /healthz and to everybody else, and adds a line to
 * FOLDER/PORT.checks for each check.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Mood } from './mood.ts';

const [folder = '', ...ports] = process.argv.slice(2);

for (const port of ports) {
  createServer((request, response) => {
    const mood = moodOf(port);
    request.resume();
    if (request.url !== '/healthz') {
      answer(response, { status: mood.traffic ?? 200, body: port });
      return;
    }
    const isTaken = mood.method === undefined || mood.method === request.method;
    const status = isTaken ? (mood.status ?? 200) : 405;
    appendFileSync(join(folder, `${port}.checks`), `${status}\n`);
    setTimeout(() => answer(response, { status, body: mood.body ?? '' }), mood.delay ?? 0);
  }).listen(Number(port), '10.99.0.1');
}

function answer(response: ServerResponse, of: { readonly status: number; readonly body: string }) {
  response.writeHead(of.status, { connection: 'close' });
  response.end(of.body);
}

function moodOf(port: string): Mood {
  try {
    return JSON.parse(readFileSync(join(folder, `${port}.mood`), 'utf8')) as Mood;
  } catch {
    return {};
  }
}
