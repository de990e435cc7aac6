import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../test/lab/files.ts';
import { refuseWithoutRoot } from '../../test/lab/packages.ts';
import type { Say } from '../../test/lab/say.ts';

const variable = 'FAIRLEAD_IMAGE_ROOT';

/**
 * Unpacks the image below `folder`, unless the environment names one that is unpacked already. The
 * rig reads the environment when it is loaded: call this before.
 */
export async function provideImageRoot(folder: string, say: Say): Promise<void> {
  refuseWithoutRoot();
  if (existsSync(join(process.env[variable] ?? folder, 'usr/sbin/haproxy'))) return;
  say('unpacking the image (the first build of the lab’s parts takes about 15 minutes)');
  const prepare = join(projectFolder, 'test/run/prepare.ts');
  // Standard output belongs to the results.
  const stdio = ['ignore', process.stderr, process.stderr] as const;
  const child = spawn(process.execPath, [prepare, folder], { stdio: [...stdio] });
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new Error(`test/run/prepare.ts ended with ${status}`);
  process.env[variable] = join(folder, 'image');
}
