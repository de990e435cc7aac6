/** What the HAProxy of each node says by its socket. */
import type { Lab } from '../lab/lab.ts';
import { pool } from '../lab/story/fairlead.ts';
import { liveNodes } from '../lab/story/view.ts';

/** Asks the HAProxy of every node that lives, with one command of its runtime API. */
export async function askHaproxies(lab: Lab, command: string): Promise<string[]> {
  const socket = `UNIX-CONNECT:/run/fairlead/${pool}/haproxy/cli.sock`;
  const asked = (await liveNodes(lab)).map((node) =>
    node.exec(['socat', '-t', '2', '-', socket], { stdin: `${command}\n` }),
  );
  return Promise.all(asked);
}
