/** Events against a real API server. */
import assert from 'node:assert/strict';
import { after, before, beforeEach } from 'node:test';
import { apiPath, resources } from '../../src/kube/api-path.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { EventNote } from '../../src/kube/event-object.ts';
import { createRecorder, type RecorderOptions } from '../../src/kube/events.ts';
import { boundedTest as test } from './bounded-test.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { clientOf } from './kube-fixture.ts';
import { type ApiServer, startApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

type StoredEvent = {
  readonly note: string;
  readonly reason: string;
  readonly series?: { readonly count: number };
  readonly metadata: { readonly name: string };
};

let api: ApiServer;
let proxy: FaultProxy;
let client: KubeClient;

before(async () => {
  api = await startApiServer();
  proxy = await startFaultProxy(api);
  client = clientOf(api, { url: proxy.url });
});
beforeEach(() => proxy.heal());
after(async () => {
  client?.close();
  await proxy?.stop();
  await api?.stop();
});

const recorder = (options: Partial<RecorderOptions> = {}) => {
  const dropped: string[] = [];
  const reporter = { controller: 'fairlead.dev/controller', instance: 'test' };
  const created = createRecorder({
    client,
    reporter,
    seriesIntervalMs: 300,
    onDropped: (note, why) => dropped.push(`${note.reason} ${why}`),
    ...options,
  });
  return { ...created, dropped };
};
const eventsOf = async (name: string): Promise<StoredEvent[]> => {
  const path = apiPath(resources.events, { namespace: 'default' });
  const query = { fieldSelector: `regarding.name=${name}` };
  const list = (await client.request({ path, query })) as { items: StoredEvent[] };
  return list.items;
};

test('equal notes become one event with a count', async () => {
  const events = recorder();
  for (let i = 0; i < 5; i += 1) events.record(noteOn('repeated'));
  await waitUntil('a count of five', async () => {
    const [event] = await eventsOf('repeated');
    return event?.series?.count === 5;
  });
  assert.equal((await eventsOf('repeated')).length, 1);
  assert.deepEqual(events.dropped, []);
  await events.stop();
});

test('a repeated event is written at most once per interval', async () => {
  const intervalMs = 1_000;
  const events = recorder({ seriesIntervalMs: intervalMs });
  const start = proxy.calls.length;
  for (let round = 0; round < 30; round += 1) {
    events.record(noteOn('busy'));
    await eventsOf('busy');
  }
  await waitUntil('thirty', async () => (await eventsOf('busy'))[0]?.series?.count === 30);
  const writes = proxy.calls.slice(start).filter((call) => call.method === 'PATCH');
  const firstMs = proxy.calls[start]?.atMs ?? 0;
  const spanMs = (writes.at(-1)?.atMs ?? 0) - firstMs;
  // Arrival is later than sending by what a busy machine makes of it: one write more, never thirty.
  const most = spanMs / intervalMs + 2;
  assert.ok(writes.length <= most, `${writes.length} writes in ${spanMs} ms`);
  await events.stop();
});

test('another reason or message is another event', async () => {
  const events = recorder();
  events.record(noteOn('several'));
  events.record({ ...noteOn('several'), reason: 'PoolExhausted' });
  events.record({ ...noteOn('several'), message: 'other words' });
  await events.idle();
  assert.equal((await eventsOf('several')).length, 3);
  await events.stop();
});

test('an object that talks too much is cut short', async () => {
  const events = recorder({ perObject: { burst: 3, refillMs: 60_000 } });
  for (let i = 0; i < 10; i += 1) events.record({ ...noteOn('chatty'), message: `line ${i}` });
  events.record(noteOn('modest'));
  await events.idle();
  assert.equal((await eventsOf('chatty')).length, 3);
  assert.equal((await eventsOf('modest')).length, 1);
  assert.equal(events.dropped.length, 7);
  await events.stop();
});

test('what the API server would refuse for its length is shortened', async () => {
  const events = recorder();
  events.record({ ...noteOn('long'), message: 'ü'.repeat(2_000) });
  await events.idle();
  const [event] = await eventsOf('long');
  assert.match(event?.note ?? '', /^ü{500,}…$/);
  await events.stop();
});

test('an event of a cluster-scoped object is where kubectl looks for it', async () => {
  const events = recorder();
  const regarding = { apiVersion: 'v1', kind: 'Node', name: 'node-1' };
  events.record({ ...noteOn('node-1'), regarding });
  await events.idle();
  assert.equal((await eventsOf('node-1')).length, 1);
  await events.stop();
});

test('an event that expired is told anew', async () => {
  const events = recorder();
  events.record(noteOn('expired'));
  await events.idle();
  const [first] = await eventsOf('expired');
  const ref = { namespace: 'default', name: first?.metadata.name ?? '' };
  await api.call('DELETE', apiPath(resources.events, ref));
  events.record(noteOn('expired'));
  await waitUntil('a second event', async () => (await eventsOf('expired')).length === 1);
  await events.stop();
});

test('a broken API server costs an event, never the caller', async () => {
  const events = recorder();
  proxy.fail((call) => (call.method === 'POST' ? { kind: 'reset' } : undefined));
  events.record(noteOn('unlucky'));
  await events.idle();
  assert.deepEqual(events.dropped, ['NoPool failed']);
  proxy.heal();
  events.record(noteOn('unlucky'));
  await waitUntil('the repeat is told', async () => (await eventsOf('unlucky')).length === 1);
  await events.stop();
});

function noteOn(name: string): EventNote {
  return {
    regarding: {
      apiVersion: 'v1',
      kind: 'Service',
      name,
      namespace: 'default',
      uid: `uid-${name}`,
    },
    type: 'Warning',
    reason: 'NoPool',
    action: 'Allocate',
    message: 'no VipPool can serve this Service',
  };
}
