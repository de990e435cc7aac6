/** Writes against a real API server (R86, R87, R88). */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { apiPath, resources } from '../../src/kube/api-path.ts';
import {
  apply,
  applyStatus,
  create,
  remove,
  replace,
  type Target,
  type WriteOutcome,
} from '../../src/kube/apply.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/kube-error.ts';
import type { RawObject } from '../../src/kube/raw-object.ts';
import { boundedTest as test } from './bounded-test.ts';
import { clientOf } from './kube-fixture.ts';
import { type ApiServer, startApiServer } from './server.ts';

let api: ApiServer;
let client: KubeClient;
let services: Target;
let configMaps: Target;

before(async () => {
  api = await startApiServer();
  client = clientOf(api);
  services = { client, resource: resources.services };
  configMaps = { client, resource: resources.configMaps };
});
after(async () => {
  client?.close();
  await api?.stop();
});

const service = (name: string) => ({
  metadata: { name, namespace: 'default' },
  spec: { type: 'LoadBalancer', ports: [{ name: 'web', port: 80 }] },
});
const ingress = (name: string) => ({
  metadata: { name, namespace: 'default' },
  status: { loadBalancer: { ingress: [{ ip: '192.0.2.10', ipMode: 'Proxy' }] } },
});
const fieldManager = 'fairlead-test';

test('a status applied with the right uid is stored and comes back whole', async () => {
  const { metadata } = done(await create(services, service('right')));
  const uid = metadata.uid ?? '';
  const applied = done(await applyStatus(services, ingress('right'), { fieldManager, uid }));
  assert.deepEqual(applied['status'], {
    loadBalancer: { ingress: [{ ip: '192.0.2.10', ipMode: 'Proxy' }] },
  });
});

test('the same apply twice changes nothing', async () => {
  const { metadata } = done(await create(services, service('twice')));
  const options = { fieldManager, uid: metadata.uid ?? '' };
  const first = done(await applyStatus(services, ingress('twice'), options));
  const second = done(await applyStatus(services, ingress('twice'), options));
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
});

test('an apply to a deleted object is a conflict and creates nothing (R87)', async () => {
  const { metadata } = done(await create(configMaps, named('deleted')));
  await remove(configMaps, { namespace: 'default', name: 'deleted' }, {});
  const options = { fieldManager, uid: metadata.uid ?? '' };
  const body = { ...named('deleted'), data: { a: 'b' } };
  assert.equal((await apply(configMaps, body, options)).kind, 'conflict');
  const path = apiPath(resources.configMaps, { namespace: 'default', name: 'deleted' });
  await assert.rejects(client.request({ path }), { code: 'NotFound' });
  const statusOptions = { fieldManager, uid: metadata.uid ?? '' };
  const outcome = await applyStatus(services, ingress('deleted'), statusOptions);
  assert.ok(outcome.kind === 'gone' || outcome.kind === 'conflict', outcome.kind);
});

test('an apply with the uid of a predecessor is a conflict, not an invalid object', async () => {
  const old = done(await create(configMaps, named('again')));
  await remove(configMaps, { namespace: 'default', name: 'again' }, {});
  done(await create(configMaps, named('again')));
  const options = { fieldManager, uid: old.metadata.uid ?? '' };
  assert.equal((await apply(configMaps, named('again'), options)).kind, 'conflict');
});

test('of two creators one gets the conflict: create is the lock (R37)', async () => {
  const outcomes = await Promise.all([
    create(configMaps, named('lock')),
    create(configMaps, named('lock')),
  ]);
  assert.deepEqual(outcomes.map((outcome) => outcome.kind).toSorted(), ['conflict', 'ok']);
});

test('a replace under an old resourceVersion is a conflict (R86)', async () => {
  const first = done(await create(configMaps, named('versions')));
  done(await replace(configMaps, { ...first, data: { a: '1' } }));
  const late = await replace(configMaps, { ...first, data: { a: '2' } });
  assert.equal(late.kind, 'conflict');
});

test('a removal means one object only', async () => {
  const first = done(await create(configMaps, named('exact')));
  const ref = { namespace: 'default', name: 'exact' };
  const other = '00000000-0000-0000-0000-000000000000';
  assert.equal((await remove(configMaps, ref, { uid: other })).kind, 'conflict');
  const changed = done(await replace(configMaps, { ...first, data: { a: '1' } }));
  const { uid = '', resourceVersion = '' } = first.metadata;
  assert.equal((await remove(configMaps, ref, { uid, resourceVersion })).kind, 'conflict');
  const now = { uid, resourceVersion: changed.metadata.resourceVersion ?? '' };
  assert.equal((await remove(configMaps, ref, now)).kind, 'ok');
  assert.equal((await remove(configMaps, ref, {})).kind, 'gone');
});

test('what the server will never take is invalid, with the field in the message (R86)', async () => {
  const wrong = { ...service('wrong'), spec: { ports: [{ port: 70000 }] } };
  const outcome = await create(services, wrong);
  assert.equal(outcome.kind, 'invalid');
  assert.match(outcome.kind === 'invalid' ? outcome.message : '', /spec\.ports\[0\]\.port/);
});

test('a missing right is no outcome: it rejects, and the queue backs off', async () => {
  const nobody = clientOf(api, { role: 'nobody' });
  const target = { client: nobody, resource: resources.configMaps };
  await assert.rejects(
    create(target, named('forbidden')),
    (error) => error instanceof KubeError && error.code === 'Forbidden',
  );
  nobody.close();
});

function named(name: string) {
  return { metadata: { name, namespace: 'default' } };
}

function done(outcome: WriteOutcome): RawObject {
  assert.equal(outcome.kind, 'ok', JSON.stringify(outcome));
  return outcome.kind === 'ok' ? outcome.object : assert.fail();
}
