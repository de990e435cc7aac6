/** What Kubernetes asks of a Service's status and finalizers, rule by rule. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot, eventsOf } from '../../test/build/cluster.ts';
import { converged, oneRound, vipLines } from '../../test/build/converge.ts';
import { allocate } from '../allocate/allocate.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { clusterStatus } from './cluster-status.ts';

const pools = [aPool('edge', ['10.40.0.8/29'])];
const say = (snapshot: ClusterSnapshot) => clusterStatus(snapshot, allocate(snapshot));
const published = ({ services }: ClusterSnapshot) =>
  services.map(({ ingress }) => ingress.map(({ ip }) => ip).join(' '));

test('a finalizer that somebody removed comes back at the next look (R15)', () => {
  const before = converged(aSnapshot({ pools, services: [aService('shop/web')] }));
  const services = before.services.map((service) => ({
    ...service,
    finalizers: ['example.com/x'],
  }));
  const [write] = say({ ...before, services }).finalizers;
  assert.deepEqual(write?.finalizers, [
    'example.com/x',
    'fairlead.dev/vip-cleanup',
    'service.kubernetes.io/load-balancer-cleanup',
  ]);
});

test('a Service that vanished without a word is cleaned up all the same (R15)', () => {
  const before = converged(aSnapshot({ pools, services: [aService('shop/web')] }));
  assert.deepEqual(vipLines(converged({ ...before, services: [] })), ['10.40.0.8 Cooling']);
});

test('a Service that came back with another class is let go, seen at the end only (R2)', () => {
  const before = converged(aSnapshot({ pools, services: [aService('shop/web')] }));
  const services = before.services.map((service) => ({
    ...service,
    loadBalancerClass: 'example.com/other',
    ingress: [],
    conditions: [],
  }));
  const after = converged({ ...before, services });
  assert.deepEqual(vipLines(after), ['10.40.0.8 Cooling']);
  const [write] = say(after).finalizers;
  assert.deepEqual(write?.finalizers, [], 'ours are gone, and nothing else is touched');
  assert.deepEqual(say(after).statuses, []);
});

test('a Service that changed its type while nobody watched is cleaned, its status is let be (R10)', () => {
  const before = converged(aSnapshot({ pools, services: [aService('shop/web')] }));
  const services = before.services.map((service) => ({ ...service, type: 'NodePort' }));
  const after = converged({ ...before, services });
  assert.deepEqual(vipLines(after), ['10.40.0.8 Cooling']);
  assert.deepEqual(say(after).finalizers[0]?.finalizers, []);
});

test('the well-known finalizer alone is no proof that a Service was ours (R8, R10)', () => {
  const finalizers = ['service.kubernetes.io/load-balancer-cleanup'];
  const spec = { type: 'ClusterIP', loadBalancerClass: undefined };
  const services = [aService('shop/theirs', { spec, metadata: { finalizers } })];
  assert.deepEqual(say(aSnapshot({ pools, services })).finalizers, []);
});

test('events have the words of Kubernetes where it has some, and our codes else (R83)', () => {
  const told = (snapshot: ClusterSnapshot) =>
    eventsOf(say(snapshot))
      .filter(({ regarding }) => regarding.kind === 'Service')
      .map(({ type, reason }) => `${type} ${reason}`);
  const first = aSnapshot({ pools, services: [aService('shop/web')] });
  const states = [first];
  for (let next = oneRound(first); next !== undefined; next = oneRound(next)) states.push(next);
  assert.deepEqual(states.flatMap(told), ['Normal IPAllocated', 'Normal EnsuredLoadBalancer']);
  assert.deepEqual(told({ ...first, nodes: [], vipNodes: [] }), [
    'Warning UnAvailableLoadBalancer',
  ]);
  assert.deepEqual(told({ ...first, pools: [] }), ['Warning NoPool']);
});

test('what is asked for stands in no status before it is granted (R33)', () => {
  const annotations = { 'fairlead.dev/ip-addresses': '10.40.0.9' };
  const services = [
    aService('shop/first', { ageSeconds: 9, annotations }),
    aService('shop/late', { ageSeconds: 5, annotations }),
  ];
  assert.deepEqual(published(converged(aSnapshot({ pools, services }))), ['10.40.0.9', '']);
});

test('an address that a tenant writes into its own status is not thereby its own (R33, A56)', () => {
  const services = [
    aService('shop/owner', { ageSeconds: 9 }),
    aService('blog/thief', { ageSeconds: 99, ingress: ['10.40.0.8'] }),
  ];
  const [owner] = services;
  assert.ok(owner);
  const before = converged(aSnapshot({ pools, services: [owner] }));
  const after = converged({ ...before, services: [...before.services, ...services.slice(1)] });
  assert.deepEqual(published(after), ['10.40.0.8', '10.40.0.9']);
});

test('observedGeneration stands on our own kinds and on no Service (R31)', () => {
  const refused = aService('shop/web', { families: ['IPv6'] });
  const { statuses } = say(aSnapshot({ pools, services: [refused] }));
  const numbered = statuses.map(({ regarding, status }) => [
    regarding.kind,
    conditionsIn(status).some((condition) => 'observedGeneration' in condition),
  ]);
  assert.deepEqual(Object.fromEntries(numbered), { Service: false, VipPool: true });
});

type Written = { readonly conditions?: readonly { readonly type: string }[] };

function conditionsIn(status: Written) {
  assert.ok(status.conditions !== undefined && status.conditions.length > 0);
  return status.conditions;
}

test('conditions of others are neither written nor taken away (R29)', () => {
  const foreign = {
    ...{ type: 'StatusUpdate', status: 'True', reason: 'E2E', message: '' },
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const services = [aService('shop/web', { conditions: [foreign], families: ['IPv6'] })];
  const { statuses } = say(aSnapshot({ pools, services }));
  const ours = statuses.find(({ regarding }) => regarding.kind === 'Service');
  const types = conditionsIn(ours?.status ?? {}).map(({ type }) => type);
  assert.deepEqual(
    types.filter((type) => !type.startsWith('fairlead.dev/')),
    [],
  );
});
