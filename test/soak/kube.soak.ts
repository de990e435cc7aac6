/**
 * The API soak: `npm run test:long` plays it for three minutes.
 *
 *   FAIRLEAD_SOAK_SECONDS=60 npx node --test test/soak/kube.soak.ts
 *
 * Reflectors and writers of src/kube against a real API server that is reached through a proxy
 * which breaks every third call, while etcd is compacted, connections are reset and the API server
 * is killed. Every ten seconds all is healed: then every store, and every consumer that was only
 * woken, shows what the API server lists, and that is what the writers were told is written.
 * The seed draws the faults; when they meet which call is up to the machine.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient } from '../../src/kube/client.ts';
import { type FaultProxy, startFaultProxy } from '../api/fault-proxy.ts';
import { clientOf, type Notes, notesIn } from '../api/kube-fixture.ts';
import { type ApiServer, startApiServer } from '../api/server.ts';
import { waitUntil } from '../api/wait-until.ts';
import { sayOnStderr as say } from '../lab/say.ts';
import { Random } from '../run/random.ts';
import { seeds } from '../run/seeds.ts';
import { type NoteReader, startReader } from './note-reader.ts';
import { type NoteWriter, raceToCreate, startWriter } from './note-writer.ts';
import { randomFault } from './random-fault.ts';
import { soakTimes } from './soak-time.ts';

const { kube: seconds } = soakTimes(process.env);
const random = new Random(seeds.seed);

/** From one look at everything to the next. */
const troubleMs = 10_000;
/** A stalled call takes 15 s to be given up; the rest is for two busy cores. */
const healedMsMax = 60_000;

let api: ApiServer;
let proxy: FaultProxy;
let notes: Notes;
let clients: KubeClient[];
let readers: NoteReader[];
let writers: NoteWriter[];
let locks = 0;

before(async () => {
  // Without the watch cache a compaction of etcd is felt at once.
  api = await startApiServer({ flags: ['--watch-cache=false'] });
  proxy = await startFaultProxy(api);
  notes = await notesIn(api, 'soak');
  clients = Array.from({ length: 4 }, () => clientOf(api, { url: proxy.url }));
  const [reading, ...writing] = clients as [KubeClient, ...KubeClient[]];
  const from = { client: reading, path: notes.path, random };
  const brief = { watchSeconds: { min: 1, max: 3 }, relistMs: { min: 2_000, max: 5_000 } };
  readers = [
    startReader(from, { pageObjects: 3 }),
    startReader(from, { pageObjects: 7, ...brief }),
    startReader(from, {}),
  ];
  writers = writing.map((client, at) =>
    startWriter({ client, namespace: 'soak', random }, `w${at}`),
  );
});

after(async () => {
  proxy?.heal();
  await Promise.all((writers ?? []).map((writer) => writer.rest()));
  await Promise.all((readers ?? []).map(({ reflector }) => reflector.stop()));
  for (const client of clients ?? []) client.close();
  await proxy?.stop();
  await api?.stop();
});

test(`stores stay true through ${seconds} s of faults, seed ${seeds.seed}`, async () => {
  const faults = new Map<string, number>();
  const endMs = performance.now() + seconds * 1000;
  let looks = 0;
  try {
    while (performance.now() < endMs) {
      proxy.fail((call) => {
        const fault = randomFault(random, call);
        if (fault !== undefined) faults.set(fault.kind, (faults.get(fault.kind) ?? 0) + 1);
        return fault;
      });
      for (const writer of writers) writer.resume();
      await trouble(Math.min(troubleMs, endMs - performance.now()));
      await looked();
      looks += 1;
    }
  } finally {
    say(report(looks, faults));
  }
});

/** Something worse than a broken call every one or two seconds, and a race for a lock. */
async function trouble(forMs: number): Promise<void> {
  const endMs = performance.now() + forMs;
  const [, first, second] = clients as [KubeClient, KubeClient, KubeClient];
  while (performance.now() < endMs) {
    locks += 1;
    const race = { client: first, namespace: 'soak', random };
    const winners = await raceToCreate(race, [first, second], `lock-${locks}`);
    assert.ok(winners <= 1, `both rivals were told that they created lock-${locks}`);
    await pause(500 + random.below(1000));
    await random.pickWeighted([
      { value: async () => proxy.resetAll(), weight: 5 },
      { value: () => api.compact(), weight: 5 },
      { value: () => restarted(), weight: 1 },
    ])();
  }
}

async function restarted(): Promise<void> {
  await api.kill();
  await pause(random.below(1000));
  await api.restart();
}

/** Heals everything, waits for the writers' last word, and looks at who shows what. */
async function looked(): Promise<void> {
  proxy.heal();
  await Promise.all(writers.map((writer) => writer.rest()));
  const listed = await list();
  const written = listed.filter(([name]) => name.startsWith('w'));
  const wanted = writers.flatMap((writer) => [...writer.wanted]).toSorted(byName);
  assert.deepEqual(written, wanted, 'the API server shows what the writers were told is written');
  assert.equal(listed.length - written.length, locks, 'every lock was made, once');
  const truth = JSON.stringify(listed);
  for (const [at, { reflector, seen }] of readers.entries()) {
    const shown = (): string => {
      const notes = [...reflector.values].map(([name, { text }]): Entry => [name, text]);
      return JSON.stringify(notes.toSorted(byName));
    };
    await waitUntil(`reader ${at} shows what is listed`, () => shown() === truth, healedMsMax);
    const woken = JSON.stringify([...seen].toSorted(byName));
    assert.equal(woken, truth, `reader ${at} was woken for every change`);
  }
}

type Entry = [name: string, text: string];

async function list(): Promise<Entry[]> {
  const { body } = await api.call('GET', notes.path);
  const items = body['items'] as { metadata: { name: string }; data?: { text?: string } }[];
  return items
    .map(({ metadata, data }): Entry => [metadata.name, data?.text ?? ''])
    .toSorted(byName);
}

function byName([a]: Entry, [b]: Entry): number {
  return a < b ? -1 : 1;
}

function report(looks: number, faults: ReadonlyMap<string, number>): string {
  const counts = (map: ReadonlyMap<string, number>): string =>
    [...map].map(([what, count]) => `${count} ${what}`).join(', ') || 'none';
  const sum = (of: (writer: NoteWriter) => number): number =>
    writers.reduce((all, writer) => all + of(writer), 0);
  return [
    `${looks} looks; ${proxy.calls.length} calls; faults: ${counts(faults)}`,
    `${sum((one) => one.writes())} writes, ${sum((one) => one.retries())} retries, ${locks} locks`,
    ...readers.map((one, at) => `reader ${at}: ${one.lists()} lists; ${counts(one.failures)}`),
  ].join('\n');
}
