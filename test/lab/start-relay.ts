import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { inCgroup } from './cgroups.ts';
import { LabError } from './lab-error.ts';
import { cgroupOf, inLab, type LabNames } from './names.ts';
import { inNamespace } from './network.ts';
import { markOf } from './process-mark.ts';
import { writeMark } from './processes.ts';

/** Starts the relay on a free port of 127.0.0.1 and answers the port. */
export async function startRelay(names: LabNames): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const log = openSync(inLab(names, 'log', 'relay.log'), 'a');
  const [execPath = '', ...execArgv] = inCgroup(
    cgroupOf(names, 'control-plane'),
    inNamespace(names.switchNamespace, [process.execPath]),
  );
  const stdio = ['ignore', log, log, 'ipc'] as const;
  const options = { execPath, execArgv, detached: true, stdio: [...stdio] };
  const child = fork(join(import.meta.dirname, 'relay.ts'), options);
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.send('server', server, (error) => (error ? reject(error) : resolve()));
  });
  await once(child, 'disconnect');
  server.close();
  child.unref();
  const mark = child.pid === undefined ? undefined : markOf(child.pid);
  if (mark === undefined || address === null || typeof address === 'string') {
    throw new LabError('LAB_COMMAND_FAILED', 'the relay did not start; see log/relay.log');
  }
  await writeMark(names, 'relay', mark);
  return address.port;
}
