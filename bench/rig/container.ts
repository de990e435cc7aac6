import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { imageRoot, type RigNode } from '../../test/dataplane/rig.ts';
import { projectFolder } from '../../test/lab/files.ts';

/** What runs as a container of a node, beside those that the rig starts itself. */
export type Container = {
  /** A folder whose files lie over the image's. */
  readonly layer: string;
  /** As in test/dataplane/container.sh: the bounding set. */
  readonly capabilities: string;
  readonly words: readonly string[];
  readonly logFile: string;
};

/** Ends a container and waits until it is gone. */
export type Stop = () => Promise<void>;

/** Starts a container; it ends with this process at the latest. */
export function startContainer(node: RigNode, of: Container): Stop {
  const isolated = ['unshare', '--mount', '--pid', '--fork', '--kill-child'];
  const script = join(projectFolder, 'test/dataplane/container.sh');
  const root = `${of.layer}:${imageRoot}`;
  const container = ['sh', script, root, node.directory, of.capabilities, ...of.words];
  const child = spawn('ip', ['netns', 'exec', node.namespace, ...isolated, ...container], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CHECKOUT: projectFolder },
  });
  const log = createWriteStream(of.logFile, { flags: 'a' });
  // Its folder may go before the last line came.
  log.on('error', () => undefined);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return stopOf(child);
}

function stopOf(child: ChildProcess): Stop {
  const gone = once(child, 'exit');
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  return async () => {
    process.off('exit', kill);
    kill();
    await gone;
  };
}
