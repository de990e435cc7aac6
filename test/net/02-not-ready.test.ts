/** Pods that are never ready serve nobody, unless their Service publishes them all the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from '../lab/command.ts';
import { kubeJson, type List } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { webUrl } from '../lab/web-url.ts';
import { apply, ownNamespace, servingLab } from './cluster.ts';
import { addressesOf, webDeployment, webService } from './web.ts';

type Pod = {
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly state: { readonly running?: object } }[];
  };
};

test('publishNotReadyAddresses: a pod that is not ready is served, else not (R68)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'not-ready');
  const web = { name: 'waiting', namespace };
  // It serves on 8081; its readiness probe asks 8080, where nobody listens.
  const args = ['netexec', '--http-port=8081'];
  const ports = [{ name: 'http', port: 80, targetPort: 8081 }];
  await apply(lab, webService(web, { ports }), webDeployment(web, { args }));
  const addresses = await addressesOf(lab, web, 2);
  const client = await lab.client('others');
  const isServed = async (address: string): Promise<boolean> => {
    const curl = ['curl', '-sS', '-m', '3', webUrl(address, 80)];
    return (await outcomeOf(client.command(curl))).stdout.startsWith('waiting-');
  };
  const all = async () => await Promise.all(addresses.map(isServed));
  const pod = async () => {
    const { items } = await kubeJson<List<Pod>>(lab, ['get', 'pods', '--namespace', namespace]);
    return items[0]?.status;
  };
  await waitFor({ what: 'the pod to run', boundSeconds: 60 }, async () => {
    const status = await pod();
    return status?.containerStatuses?.[0]?.state.running !== undefined || JSON.stringify(status);
  });
  const isReady = (await pod())?.conditions?.find(({ type }) => type === 'Ready')?.status;
  assert.equal(isReady, 'False');
  assert.deepEqual(await all(), [false, false]);
  await apply(lab, webService(web, { ports, publishNotReadyAddresses: true }));
  await waitFor({ what: 'the pod to be served', boundSeconds: 60 }, async () => {
    const seen = await all();
    return seen.every(Boolean) || seen.join();
  });
  await apply(lab, webService(web, { ports, publishNotReadyAddresses: false }));
  await waitFor({ what: 'the pod to be out again', boundSeconds: 60 }, async () => {
    const seen = await all();
    return !seen.some(Boolean) || seen.join();
  });
});
