import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from '../../src/desired/desired-node.ts';
import { server, vip4 } from './desired.ts';
import type { Rig } from './rig.ts';
import { until } from './wait.ts';

/** A pod that says again what it hears. */
export function echoPod(rig: Rig, port: number): Server {
  rig.start(rig.client, 'socat', `TCP4-LISTEN:${port},bind=10.99.0.1,fork,reuseaddr`, 'EXEC:cat');
  return server('10.99.0.1', port);
}

/**
 * Opens one connection to an echo on a port of the VIP; what it answers makes sure that the very
 * same connection still lives.
 */
export async function conversation(
  rig: Rig,
  port: number,
  name = '',
): Promise<() => Promise<void>> {
  const heard = join(rig.directory, `heard-${port}${name}`);
  const talk = [
    `exec 3<>/dev/tcp/${vip4}/${port}`,
    `echo before >&3; read -u3 word; echo "$word" >>${heard}`,
    `until test -e ${heard}.go; do sleep 0.05; done`,
    `echo after >&3; read -u3 word; echo "$word" >>${heard}`,
  ];
  rig.start(rig.client, 'bash', '-c', talk.join('\n'));
  const text = () => (existsSync(heard) ? readFileSync(heard, 'utf8') : '');
  await until('the connection answers', () => text() === 'before\n');
  return async () => {
    writeFileSync(`${heard}.go`, '');
    await until('it still answers', () => text() === 'before\nafter\n');
  };
}
