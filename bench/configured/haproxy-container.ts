import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RigNode } from '../../test/dataplane/rig.ts';
import { sayOnStderr } from '../../test/lab/say.ts';
import { type Stop, startContainer } from '../rig/container.ts';
import type { Population } from './population.ts';

/** The product's own number (src/desired/desired-pools.ts); each takes two descriptors. */
const connections = 8_000;
/** Where descriptors are scarce; no connection is made here but those of health checks. */
const connectionsScarce = 1_000;
/** Sockets of its own. */
const descriptorsBeside = 500;

/**
 * Starts the supervisor of a pool's HAProxy, which waits for a configuration. HAProxy does not
 * start when the machine allows fewer file descriptors than it may need: two for a connection, one
 * for a frontend and one for a server's check. Where a container's usual million is not to be had
 * it is told to take fewer connections than its file says, and that is said.
 */
export function startHaproxy(node: RigNode, of: Population & { readonly folder: string }): Stop {
  const layer = join(of.folder, 'haproxy-layer');
  mkdirSync(layer, { recursive: true });
  const needed = descriptorsBeside + of.services * (1 + of.endpoints);
  const allowed = descriptorsAllowed();
  if (needed + 2 * connections > allowed) {
    if (needed + 2 * connectionsScarce > allowed) {
      throw new Error(`${allowed} file descriptors: too few for ${of.services} Services`);
    }
    sayOnStderr(`only ${allowed} file descriptors: HAProxy takes ${connectionsScarce} connections`);
    putWrapper(layer);
  }
  return startContainer(node, {
    ...{ layer, capabilities: '-all,+net_bind_service', words: ['fairlead-haproxy', 'edge'] },
    logFile: join(of.folder, 'haproxy.log'),
  });
}

/** Found before the image's own; `-n` counts more than the file. */
function putWrapper(layer: string): void {
  const directory = join(layer, 'usr/local/sbin');
  mkdirSync(directory, { recursive: true });
  const text = `#!/bin/sh\nexec /usr/sbin/haproxy -n ${connectionsScarce} "$@"\n`;
  writeFileSync(join(directory, 'haproxy'), text, { mode: 0o755 });
}

function descriptorsAllowed(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  return Number(/^Max open files +\S+ +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
}
