/** All nodes lose power at once, and the API server is the last to come back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { converged } from '../lab/story/converged.ts';
import { identities } from '../lab/story/fairlead.ts';
import { answers } from '../lab/story/step-programmed.ts';
import { holdersOf, published } from '../lab/story/view.ts';
import { servingLab } from './cluster.ts';

/**
 * Kubelets that cannot reach the API start only static pods: nothing may answer, nothing may break.
 */
const withoutApiMs = 5_000;

test('after a power cut every Service answers on its old address, each held once (R28)', async () => {
  const lab = await servingLab();
  const services = await Promise.all(['web', 'api'].map((name) => published(lab, name)));
  const before = await identities(lab);
  await Promise.all([lab.controlPlane.stop(), lab.killAllNodes()]);
  await Promise.all(lab.nodes.map((node) => node.return()));
  await pause(withoutApiMs);
  await lab.controlPlane.start();
  await converged(lab);
  const client = await lab.client('others');
  for (const { addresses, port } of services) {
    for (const address of addresses) {
      await answers({ client }, { address, port });
      assert.equal((await holdersOf(lab, address)).length, 1, `${address} is held once`);
    }
  }
  assert.deepEqual(await identities(lab), before);
  const after = await Promise.all(['web', 'api'].map((name) => published(lab, name)));
  assert.deepEqual(after, services);
});
