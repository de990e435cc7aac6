import assert from 'node:assert/strict';
import { poolName } from './hostile-cluster.ts';
import type { Served } from './served.ts';

const files = [
  ...['haproxy/cli\\.sock', 'haproxy/state', 'haproxy/keys/[a-z0-9._-]+\\.pem'],
  ...['keepalived/check\\.log', 'keepalived/track/[a-z0-9]+'],
];
const own = new RegExp(`^/run/fairlead/${poolName}/(${files.join('|')})$`);
const takesFile = new Set([
  ...['crt', 'ca-file', 'crl-file', 'server-state-file', 'socket', 'file', 'reload_check_config'],
]);

/** A part of a path that leads upwards. */
const climbs = /(^|\/)\.\.(\/|$)/;

/** The program of ours that keepalived runs. */
const probe = '/usr/local/bin/fairlead-probe';

/** No word is a path, and none that names a file is another's than the pool's. */
export function judgePaths({ texts }: Pick<Served, 'texts'>): void {
  for (const text of Object.values(texts)) {
    for (const line of text.split('\n')) judgeLine(line);
  }
}

function judgeLine(line: string): void {
  // What is asked of a pod, and what is answered to a client, are no files.
  if (/^\s*(#|http-error status \d+ content-type text\/plain string ")/.test(line)) return;
  if (/^\s*http-check expect string "/.test(line)) return;
  const asked = line.replace(/^(\s*http-check send meth (GET|HEAD|OPTIONS) uri) \S+/, '$1');
  const words = asked.trim().replaceAll('"', '').split(' ');
  words.forEach((word, index) => {
    const isFile = takesFile.has(words[index - 1] ?? '');
    if (!isFile && !word.startsWith('/') && !climbs.test(word)) return;
    const isOwn = own.test(word) && !climbs.test(word);
    assert.ok(isOwn || word === probe, `a path that is not the pool's: ${line}`);
  });
}
