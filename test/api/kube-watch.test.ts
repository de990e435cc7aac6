/** List and watch against a real API server (R85, ecosystem.md section 3). */
import assert from 'node:assert/strict';
import { after, before, beforeEach } from 'node:test';
import { createClient, type KubeClient } from '../../src/kube/client.ts';
import { kubeConfigAccess, loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { boundedTest as test } from './bounded-test.ts';
import { type FaultProxy, isWatch, startFaultProxy } from './fault-proxy.ts';
import {
  clientOf,
  failuresOf,
  listsOf,
  notesIn,
  stopWatching,
  watchNotes,
} from './kube-fixture.ts';
import { type ApiServer, startApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

let api: ApiServer;
let proxy: FaultProxy;
let client: KubeClient;

before(async () => {
  // Without the watch cache a compaction of etcd is felt at once.
  api = await startApiServer({ flags: ['--watch-cache=false'] });
  proxy = await startFaultProxy(api);
  client = clientOf(api, { url: proxy.url });
});
beforeEach(() => proxy.heal());
after(async () => {
  await stopWatching();
  client?.close();
  await proxy?.stop();
  await api?.stop();
});

test('lists page by page, then follows creations, changes and deletions', async () => {
  const notes = await notesIn(api, 'pages');
  await Promise.all(Array.from({ length: 7 }, (_, i) => notes.write(`n${i}`, 'old')));
  const watched = watchNotes(client, notes, { pageObjects: 3 });
  await watched.reflector.synced;
  assert.equal(watched.reflector.values.size, 7);
  const pages = proxy.calls.filter((call) => call.path === notes.path && !isWatch(call));
  assert.deepEqual(
    pages.map((call) => [call.query.get('limit'), call.query.has('resourceVersion')]),
    [
      ['3', false],
      ['3', false],
      ['3', false],
    ],
  );
  watched.woken.length = 0;
  await notes.write('n1', 'new');
  await watched.shows('n1', 'new');
  await notes.remove('n2');
  await watched.shows('n2', undefined);
  await notes.write('n9', 'first');
  await watched.shows('n9', 'first');
  assert.deepEqual(watched.woken, ['n1', 'n2', 'n9']);
  await watched.reflector.stop();
});

test('wakes nobody for a change that the projection does not show (R17)', async () => {
  const notes = await notesIn(api, 'quiet');
  await notes.write('a', 'same');
  const watched = watchNotes(client, notes);
  await watched.reflector.synced;
  watched.woken.length = 0;
  await api.call('PATCH', `${notes.path}/a`, { metadata: { labels: { unread: 'x' } } });
  await notes.write('b', 'later');
  await watched.shows('b', 'later');
  assert.deepEqual(watched.woken, ['b']);
  await watched.reflector.stop();
});

test('asks for bookmarks and an end between 300 and 600 seconds', async () => {
  const notes = await notesIn(api, 'bookmarks');
  const watched = watchNotes(client, notes, { random: () => 0.5 });
  const watches = () => proxy.calls.filter((call) => call.path === notes.path && isWatch(call));
  await waitUntil('a watch was opened', () => watches().length > 0);
  const [first] = watches();
  assert.equal(first?.query.get('allowWatchBookmarks'), 'true');
  assert.equal(first?.query.get('timeoutSeconds'), '450');
  await watched.reflector.stop();
});

test('goes on from the last version after a reset, without a new list (R85)', async () => {
  const notes = await notesIn(api, 'reset');
  await notes.write('a', 'one');
  const watched = watchNotes(client, notes);
  await watched.shows('a', 'one');
  proxy.fail((call) => (isWatch(call) ? { kind: 'reset' } : undefined));
  proxy.resetAll();
  await notes.write('a', 'two');
  await waitUntil('three failures', () => failuresOf(watched).length >= 3);
  proxy.heal();
  await watched.shows('a', 'two');
  assert.equal(listsOf(watched), 1);
  assert.deepEqual(new Set(failuresOf(watched)), new Set(['Network']));
  await watched.reflector.stop();
});

test('loses nothing when a watch is cut in the middle of a line', async () => {
  const notes = await notesIn(api, 'cut');
  let cuts = 0;
  proxy.fail((call) => {
    if (!isWatch(call) || call.path !== notes.path || cuts === 3) return undefined;
    cuts += 1;
    return { kind: 'cut', afterBytes: 40 };
  });
  const watched = watchNotes(client, notes);
  await watched.reflector.synced;
  await notes.write('a', 'survives');
  await watched.shows('a', 'survives');
  assert.equal(cuts, 3);
  assert.equal(listsOf(watched), 1);
  await watched.reflector.stop();
  proxy.heal();
});

test('takes a broken line as a failure and lists anew', async () => {
  const notes = await notesIn(api, 'garbage');
  let appended = 0;
  proxy.fail((call) => {
    if (!isWatch(call) || call.path !== notes.path || appended === 1) return undefined;
    appended += 1;
    return { kind: 'append', text: '{"type":"MODIFIED","object":\n' };
  });
  const watched = watchNotes(client, notes);
  await watched.reflector.synced;
  await waitUntil('the watch is open', () => appended === 1);
  await notes.write('a', 'one');
  await watched.shows('a', 'one');
  await waitUntil('a second list', () => listsOf(watched) === 2);
  assert.deepEqual(failuresOf(watched), ['Invalid']);
  await watched.reflector.stop();
  proxy.heal();
});

test('notices a watch that was ended inside a line', async () => {
  const notes = await notesIn(api, 'half');
  let appended = 0;
  proxy.fail((call) => {
    if (!isWatch(call) || call.path !== notes.path || appended === 1) return undefined;
    appended += 1;
    return { kind: 'append', text: '{"type":"MODIFIED","obj' };
  });
  const watched = watchNotes(client, notes);
  await waitUntil('the watch is open', () => appended === 1);
  await notes.write('a', 'one');
  await waitUntil('the end is noticed', () => failuresOf(watched).length > 0);
  await watched.shows('a', 'one');
  assert.deepEqual(failuresOf(watched), ['Network']);
  assert.equal(listsOf(watched), 1);
  await watched.reflector.stop();
});

test('honours Retry-After of a throttled list', async () => {
  const notes = await notesIn(api, 'throttled');
  let refusedMs = 0;
  proxy.fail((call) => {
    if (call.path !== notes.path || refusedMs > 0) return undefined;
    refusedMs = performance.now();
    return { kind: 'answer', status: 429, retryAfterSeconds: 2 };
  });
  const watched = watchNotes(client, notes);
  await watched.reflector.synced;
  const nextMs = proxy.calls.find((c) => c.path === notes.path && c.atMs > refusedMs)?.atMs ?? 0;
  assert.ok(nextMs - refusedMs >= 1_990, `came back after ${nextMs - refusedMs} ms`);
  assert.deepEqual(failuresOf(watched), ['TooMany']);
  await watched.reflector.stop();
  proxy.heal();
});

test('survives a server that answers 500 to lists and watches (R85)', async () => {
  const notes = await notesIn(api, 'broken');
  await notes.write('a', 'one');
  let refusals = 0;
  proxy.fail((call) => {
    if (call.path !== notes.path || refusals >= 6) return undefined;
    refusals += 1;
    // The first three lists, and later three watches.
    return { kind: 'answer', status: 500 };
  });
  const watched = watchNotes(client, notes);
  await watched.shows('a', 'one');
  refusals = 3;
  proxy.resetAll();
  await waitUntil('three more refusals', () => refusals === 6);
  await notes.write('a', 'two');
  await watched.shows('a', 'two');
  await watched.reflector.stop();
  proxy.heal();
});

test('waits for a slow page and is not synced before the last one', async () => {
  const notes = await notesIn(api, 'slow');
  await Promise.all(['a', 'b', 'c'].map((name) => notes.write(name, 'one')));
  proxy.fail((call) => (call.query.has('continue') ? { kind: 'delay', delayMs: 700 } : undefined));
  const watched = watchNotes(client, notes, { pageObjects: 2 });
  await waitUntil('the first page', () => watched.reflector.lastContactMs() > 0);
  assert.equal(watched.reflector.isSynced(), false);
  assert.equal(watched.reflector.values.size, 0);
  await watched.reflector.synced;
  assert.equal(watched.reflector.values.size, 3);
  await watched.reflector.stop();
  proxy.heal();
});

test('ends a watch that the server does not end: the idle guard (R85)', async () => {
  const notes = await notesIn(api, 'stalled');
  const watched = watchNotes(client, notes, {
    watchSeconds: { min: 1, max: 1 },
    idleGuardMs: 500,
  });
  await watched.reflector.synced;
  proxy.fail((call) => (isWatch(call) ? { kind: 'stall' } : undefined));
  await waitUntil('a dead watch', () => failuresOf(watched).includes('Timeout'));
  proxy.heal();
  await notes.write('a', 'after');
  await watched.shows('a', 'after');
  await watched.reflector.stop();
});

test('lists again after a compaction (410), and finds what was deleted meanwhile', async () => {
  const notes = await notesIn(api, 'compacted');
  await Promise.all(['kept', 'changed', 'deleted'].map((name) => notes.write(name, 'one')));
  const watched = watchNotes(client, notes);
  await watched.reflector.synced;
  proxy.fail((call) => (call.path === notes.path ? { kind: 'reset' } : undefined));
  proxy.resetAll();
  watched.woken.length = 0;
  await notes.remove('deleted');
  await notes.write('changed', 'two');
  await api.compact();
  proxy.heal();
  await watched.shows('deleted', undefined);
  await watched.shows('changed', 'two');
  assert.ok(failuresOf(watched).includes('Gone'), failuresOf(watched).join());
  assert.deepEqual(watched.woken.toSorted(), ['changed', 'deleted']);
  await watched.reflector.stop();
});

test('starts over when a compaction comes between two pages', async () => {
  const notes = await notesIn(api, 'between');
  await Promise.all(['a', 'b', 'c'].map((name) => notes.write(name, 'one')));
  let compacted: Promise<void> | undefined;
  proxy.fail((call) => {
    if (call.path !== notes.path || !call.query.has('continue') || compacted) return undefined;
    compacted = notes.write('d', 'one').then(() => api.compact());
    return { kind: 'delay', delayMs: 500 };
  });
  const watched = watchNotes(client, notes, { pageObjects: 2 });
  await watched.reflector.synced;
  assert.deepEqual([...watched.reflector.values.keys()].toSorted(), ['a', 'b', 'c', 'd']);
  assert.deepEqual(failuresOf(watched), ['Gone']);
  await watched.reflector.stop();
  proxy.heal();
});

test('a server that froze is left, by its quiet watches too', async () => {
  const notes = await notesIn(api, 'frozen');
  const frozen = await startFaultProxy(api);
  const config = loadKubeConfig(api.kubeconfig());
  const several = createClient({
    access: kubeConfigAccess(config),
    servers: [frozen.url, api.url],
  });
  const watched = watchNotes(several, notes);
  await waitUntil('the watch is open', () => frozen.calls.some(isWatch));
  frozen.freeze();
  await notes.write('a', 'unseen');
  // Any call that gets nothing for ten seconds tells on the server.
  await assert.rejects(several.request({ path: '/version', timeoutMs: 10_000 }), {
    code: 'Timeout',
  });
  await watched.shows('a', 'unseen');
  assert.equal(listsOf(watched), 1);
  await watched.reflector.stop();
  several.close();
  await frozen.stop();
});

test('lists anew when its list is old, and when a version fails again and again', async () => {
  const notes = await notesIn(api, 'old');
  const brief = { watchSeconds: { min: 1, max: 1 }, relistMs: { min: 1, max: 1 } };
  const watched = watchNotes(client, notes, brief);
  await waitUntil('a second list', () => listsOf(watched) === 2);
  await watched.reflector.stop();
  // As after etcd was restored from a backup: our version lies in its future.
  const doubted = watchNotes(client, notes);
  await doubted.reflector.synced;
  proxy.fail((call) => (isWatch(call) ? { kind: 'answer', status: 504 } : undefined));
  proxy.resetAll();
  await waitUntil('a list after five failures', () => listsOf(doubted) === 2);
  assert.ok(failuresOf(doubted).length >= 5, failuresOf(doubted).join());
  proxy.heal();
  await doubted.reflector.stop();
});

test('waits for a kind that does not exist yet', async () => {
  const notes = await notesIn(api, 'early');
  const watched = watchNotes(client, { ...notes, path: '/apis/none.example/v1/things' });
  await waitUntil('two failures', () => failuresOf(watched).length >= 2);
  assert.deepEqual(new Set(failuresOf(watched)), new Set(['NotFound']));
  assert.equal(watched.reflector.isSynced(), false);
  await watched.reflector.stop();
});

test('follows an API server that is killed and restarted in the middle of a watch', async () => {
  const notes = await notesIn(api, 'killed');
  await notes.write('a', 'one');
  const direct = clientOf(api);
  const watched = watchNotes(direct, notes);
  await watched.shows('a', 'one');
  await api.kill();
  await waitUntil('the loss is noticed', () => failuresOf(watched).length >= 2);
  assert.equal(watched.reflector.values.get('a')?.text, 'one');
  await api.restart();
  await notes.write('a', 'two');
  await watched.shows('a', 'two');
  await watched.reflector.stop();
  direct.close();
});
