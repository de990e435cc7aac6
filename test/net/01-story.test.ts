/** The story of `npm start`, step by step: the same code, judged by the same predicates. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { sayOnStderr } from '../lab/say.ts';
import { controllerDeployment, controllerNamespace } from '../lab/story/fairlead.ts';
import { askUntilWell, questions } from '../lab/story/plugin.ts';
import { playStory } from '../lab/story/story.ts';
import { sharedLab } from './cluster.ts';

test('the story: one client spreads (R53); nothing above it stops the data plane (R90)', async (t) => {
  await playStory({
    bringUp: sharedLab,
    say: sayOnStderr,
    onResult: (result) => {
      const title = `${result.step}: ${result.title} ${JSON.stringify(result.fields)}`;
      void t.test(title, () => assert.ok(result.ok, result.why));
    },
  });
  const lab = await sharedLab();
  for (const words of questions) {
    const command = `kubectl fairlead ${words.join(' ')}`;
    await t.test(`${command}: all is well, exit status 0`, async () => {
      assert.match(await askUntilWell(lab, words), /^All is well|^default\/web is served/);
    });
  }
  await t.test('the image has the command line under its three names', async () => {
    const inPod = ['exec', '-n', controllerNamespace, `deployment/${controllerDeployment}`, '--'];
    const said = (...words: string[]) => lab.kubectl([...inPod, ...words]);
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    assert.equal(await said('fairlead', 'version'), `${version}\n`);
    // With the controller's own rights, which are less: what it may not read it says.
    assert.match(await said('kubectl-fairlead', 'status'), /^All is well/);
    assert.equal(await said('kubectl_complete-fairlead', 'sta'), 'status\n:4\n');
  });
});
