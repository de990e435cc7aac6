/** Every guide of `docs/guides/`, played as its reader would, in the cluster all tests share. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Guide, parseGuide } from '../guides/parse-guide.ts';
import { playGuide } from '../guides/play-guide.ts';
import { outcomeOf } from '../lab/command.ts';
import type { Lab } from '../lab/lab.ts';
import { readerCommands } from '../lab/reader.ts';
import { servingLab, whileOthersAreServed } from './cluster.ts';

const guidesFolder = 'docs/guides';

for (const file of (await readdir(guidesFolder)).toSorted()) {
  if (file === 'README.md' || !file.endsWith('.md')) continue;
  const path = join(guidesFolder, file);
  const guide = parseGuide(path, await readFile(path, 'utf8'));
  test(`${path}: ${guide.title}`, async (t) => await follow(t, guide));
}

/** Others are served meanwhile, and afterwards nothing is left that was not there before. */
async function follow(t: TestContext, guide: Guide): Promise<void> {
  const lab = await servingLab();
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-guide-'));
  const before = await namesIn(lab);
  t.after(async () => {
    await removeExcept(lab, before);
    await rm(folder, { recursive: true, force: true });
  });
  const path = `${await readerCommands(lab)}:${process.env['PATH']}`;
  const environment = { PATH: path, KUBECONFIG: lab.kubeconfig, HOME: folder };
  await whileOthersAreServed(lab, () => playGuide(guide, { folder, environment }));
  assert.deepEqual(await namesIn(lab), before, 'the guide cleans up');
}

/** Namespaces and pools: all else that a guide makes goes with them. */
async function namesIn(lab: Lab): Promise<string[]> {
  const names = await lab.kubectl(['get', 'namespaces,vippools', '-o', 'name']);
  return names.trim().split('\n').toSorted();
}

/** After a failure; namespaces first, for a pool in use stays. */
async function removeExcept(lab: Lab, before: readonly string[]): Promise<void> {
  const left = (await namesIn(lab)).filter((name) => !before.includes(name));
  for (const name of left) {
    const args = ['delete', name, '--ignore-not-found', '--timeout=90s'];
    await outcomeOf(lab.kubectlCommand(args), { timeoutSeconds: 100 });
  }
}
