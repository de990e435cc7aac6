/** Bad input: each gets a sentence that a person can act on, and everybody else is served on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lab } from '../lab/lab.ts';
import { kubeJson } from '../lab/story/view.ts';
import {
  apply,
  ownNamespace,
  ownPool,
  refusal,
  servingLab,
  untilCondition,
  untilEvent,
  whileOthersAreServed,
} from './cluster.ts';
import { addressesOf, servedWeb, webService } from './web.ts';

function vipPool(name: string, addresses: readonly string[]): object {
  const apiVersion = 'fairlead.dev/v1alpha1';
  return { apiVersion, kind: 'VipPool', metadata: { name }, spec: { addresses } };
}

test('a malformed pool is refused by the API server, which says what to write', async () => {
  const lab = await servingLab();
  await whileOthersAreServed(lab, async () => {
    assert.match(await refusal(lab, vipPool('bad', ['banana'])), /for example '192\.0\.2\.0/);
    assert.match(await refusal(lab, vipPool('bad', [])), /addresses/);
  });
});

test('of two overlapping pools the younger one says so, and the older one serves on (A12)', async (t) => {
  const lab = await servingLab();
  await whileOthersAreServed(lab, async () => {
    const addresses = ['10.99.0.110-10.99.0.125'];
    await ownPool(t, lab, { name: 'overlap', spec: { addresses } });
    const condition = await untilCondition(
      lab,
      { resource: 'vippool', name: 'overlap' },
      { type: 'Valid', status: 'False', message: /belongs to VipPool edge, which is older/ },
    );
    assert.equal(condition.reason, 'PoolOverlap');
  });
});

test('a Service that asks for an address of no pool is told which there are (A30)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'no-pool');
  const web = { name: 'stray', namespace };
  await whileOthersAreServed(lab, async () => {
    const annotations = { 'fairlead.dev/ip-addresses': '10.99.0.250,fd00:10:99::250' };
    await apply(lab, webService({ ...web, annotations }));
    const reference = { resource: 'service', ...web };
    await untilCondition(lab, reference, {
      type: 'fairlead.dev/Allocated',
      status: 'False',
      message: /10\.99\.0\.250 is in no VipPool/,
    });
    await untilEvent(lab, reference, { reason: 'AddressInNoPool' });
  });
  assert.deepEqual(await addressesOf(lab, web, 0), []);
});

test('a Vip deleted by hand stays, and the Service answers on; both say so (A65)', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'deleted-vip');
  const web = { name: 'shop', namespace };
  await whileOthersAreServed(lab, async () => {
    const before = await servedWeb(lab, web);
    const [address = ''] = before;
    const deleted = await uidOfVip(lab, address);
    await lab.kubectl(['delete', 'vip', address, '--wait=false']);
    await untilEvent(lab, { resource: 'service', ...web }, { reason: 'VipInUse' });
    await lab.kubectl(['wait', `vip/${address}`, '--for=condition=DeletionWaits', '--timeout=30s']);
    assert.equal(await uidOfVip(lab, address), deleted);
    assert.deepEqual(await servedWeb(lab, web), before);
  });
});

async function uidOfVip(lab: Lab, name: string): Promise<string> {
  type Named = { readonly metadata: { readonly uid: string } };
  return (await kubeJson<Named>(lab, ['get', 'vip', name])).metadata.uid;
}

test('an EndpointSlice with a loopback address reaches nobody', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'loopback');
  await whileOthersAreServed(lab, async () => {
    const said = await refusal(lab, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'shop-1',
        namespace,
        labels: { 'kubernetes.io/service-name': 'shop' },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'] }],
      ports: [{ name: 'http', port: 8080 }],
    });
    assert.match(said, /loopback/);
  });
});
