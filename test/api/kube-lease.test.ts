/** Leader election against a real API server (R84). */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { apiPath, resources } from '../../src/kube/api-path.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { type Clock, systemClock } from '../../src/kube/clock.ts';
import { type Election, type ElectionOptions, startElection } from '../../src/kube/lease.ts';
import { leaseRecordOf } from '../../src/kube/lease-record.ts';
import { isRawObject } from '../../src/kube/raw-object.ts';
import { boundedTest as test } from './bounded-test.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { clientOf } from './kube-fixture.ts';
import { candidateTiming } from './lease-timing.ts';
import { killDaemon } from './process-tree.ts';
import { type ApiServer, startApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

type Candidate = Election & { readonly said: readonly string[] };

let api: ApiServer;
const running: (() => Promise<void>)[] = [];
let proxy: FaultProxy;
let client: KubeClient;
let proxied: KubeClient;

before(async () => {
  api = await startApiServer();
  proxy = await startFaultProxy(api);
  client = clientOf(api);
  proxied = clientOf(api, { url: proxy.url });
});
beforeEach(() => proxy.heal());
after(async () => {
  // What failed tests left running would keep the process alive.
  await Promise.all(running.map((stop) => stop()));
  client?.close();
  proxied?.close();
  await proxy?.stop();
  await api?.stop();
});

const candidate = (
  name: string,
  identity: string,
  options: Partial<ElectionOptions> = {},
): Candidate => {
  const said: string[] = [];
  const election = startElection({
    ...{ client, namespace: 'default', name, identity, timing: candidateTiming },
    onGained: () => said.push('gained'),
    onLost: (reason) => said.push(`lost ${reason}`),
    ...options,
  });
  running.push(election.stop);
  return { ...election, said };
};
const leads = (election: Election) => waitUntil('it leads', () => election.isLeader());
const record = async (name: string) => {
  const path = apiPath(resources.leases, { namespace: 'default', name });
  const lease = await client.request({ path });
  assert.ok(isRawObject(lease));
  return leaseRecordOf(lease);
};
const candidateProcess = (name: string, identity: string) =>
  startCandidate([api.kubeconfig(), name, identity]);

test('of two candidates one leads, and it keeps leading', async () => {
  const all = [candidate('two', 'a'), candidate('two', 'b')];
  await waitUntil('one leads', () => all.some((one) => one.isLeader()));
  const first = (await record('two')).renewTime;
  await waitUntil(
    'three renewals',
    renewedTimes(() => record('two'), first, 3),
  );
  assert.equal(all.filter((one) => one.isLeader()).length, 1);
  assert.deepEqual(
    all.flatMap((one) => one.said),
    ['gained'],
  );
  await Promise.all(all.map((one) => one.stop()));
});

test('a clean stop hands over at once, not after the lease duration', async () => {
  const first = candidate('handover', 'first');
  await leads(first);
  const second = candidate('handover', 'second');
  await waitUntil('the second sees the first', () => holderSeenBy(second) === 'first');
  const startMs = performance.now();
  await first.stop();
  assert.equal(first.isLeader(), false);
  await leads(second);
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs < candidateTiming.leaseMs, `took ${tookMs} ms`);
  assert.equal((await record('handover')).transitions, 1);
  await second.stop();
  assert.equal((await record('handover')).holder, '');
});

test('a killed leader is replaced, and not before its lease has run out', async () => {
  const first = candidateProcess('killed', 'victim');
  await first.says('gained');
  const second = candidate('killed', 'second');
  await waitUntil('the second sees the first', () => holderSeenBy(second) === 'victim');
  const startMs = performance.now();
  await first.kill();
  await leads(second);
  const tookMs = performance.now() - startMs;
  const { leaseMs, retryMs } = candidateTiming;
  assert.ok(tookMs > leaseMs - retryMs * 1.2 - 200, `took only ${tookMs} ms`);
  assert.ok(tookMs < leaseMs * 3, `took ${tookMs} ms`);
  await second.stop();
});

test('a frozen leader knows that it lost before it does anything else (R84)', async () => {
  const first = candidateProcess('frozen', 'sleeper');
  await first.says('isLeader true');
  const second = candidate('frozen', 'second');
  first.signal('SIGSTOP');
  await leads(second);
  first.signal('SIGCONT');
  await first.says('isLeader false');
  await first.says('lost no renewal in time');
  assert.equal(first.lines().filter((line) => line === 'isLeader true').length, 1);
  await first.kill();
  await second.stop();
});

test('after a stalled event loop nothing is written before the loss is known', async () => {
  let stalledMs = 0;
  const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + stalledMs };
  const leader = candidate('stalled', 'a', { clock });
  await leads(leader);
  // No timer and no answer has had its turn yet: only the clock went on.
  stalledMs = candidateTiming.renewDeadlineMs;
  assert.equal(leader.isLeader(), false);
  await waitUntil('it lost', () => leader.state().kind === 'lost');
  assert.deepEqual(leader.said, ['gained', 'lost no renewal in time']);
});

test('a leader that cannot renew stops within its renew deadline', async () => {
  const leader = candidate('cut-off', 'lonely', { client: proxied });
  await leads(leader);
  const startMs = performance.now();
  proxy.fail(() => ({ kind: 'stall' }));
  await waitUntil('it lost', () => leader.state().kind === 'lost');
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs < candidateTiming.leaseMs, `took ${tookMs} ms`);
  assert.deepEqual(leader.said, ['gained', 'lost no renewal in time']);
  proxy.heal();
  await leader.stop();
});

test('a leader survives failures shorter than its deadline', async () => {
  // A deadline that a busy machine cannot miss by itself: three failures are what is tested.
  const timing = { leaseMs: 18_000, renewDeadlineMs: 15_000, retryMs: 400 };
  const leader = candidate('bumpy', 'tough', { client: proxied, timing });
  await leads(leader);
  let failures = 0;
  proxy.fail((call) => {
    failures += 1;
    if (failures > 3) return undefined;
    return call.method === 'PUT' ? { kind: 'reset' } : { kind: 'answer', status: 500 };
  });
  const before = (await record('bumpy')).renewTime;
  await waitUntil(
    'renewals go on',
    renewedTimes(() => record('bumpy'), before, 2),
  );
  assert.ok(failures > 3);
  assert.deepEqual(leader.said, ['gained']);
  proxy.heal();
  await leader.stop();
});

test('a leader whose Lease was taken or deleted has lost (R84)', async () => {
  const leader = candidate('taken', 'robbed');
  await leads(leader);
  const path = apiPath(resources.leases, { namespace: 'default', name: 'taken' });
  await api.call('PATCH', path, { spec: { holderIdentity: 'thief' } });
  await waitUntil('it lost', () => leader.state().kind === 'lost');
  assert.deepEqual(leader.said, ['gained', "lost held by 'thief'"]);
  await leader.stop();
  assert.equal((await record('taken')).holder, 'thief');
});

test('a candidate outlives a restart of the API server and then leads', async () => {
  const waiting = candidate('restart', 'patient');
  await leads(waiting);
  await waiting.stop();
  await api.kill();
  const late = candidate('restart', 'late');
  await api.restart();
  await leads(late);
  await late.stop();
});

function holderSeenBy(election: Election): string | undefined {
  const state = election.state();
  return state.kind === 'candidate' ? state.holder : undefined;
}

function renewedTimes(
  read: () => Promise<{ renewTime: string }>,
  first: string,
  times: number,
): () => Promise<boolean> {
  const seen = new Set([first]);
  return async () => seen.add((await read()).renewTime).size > times;
}

type CandidateProcess = {
  says(line: string): Promise<void>;
  lines(): string[];
  signal(signal: NodeJS.Signals): void;
  kill(): Promise<void>;
};

function startCandidate(args: readonly string[]): CandidateProcess {
  const script = fileURLToPath(new URL('lease-candidate.ts', import.meta.url));
  const child: ChildProcess = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', process.execPath, script, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const lines = (): string[] => output.split('\n');
  running.push(() => killDaemon(child));
  return {
    lines,
    says: (line) => waitUntil(`the process says '${line}'`, () => lines().includes(line)),
    signal: (signal) => child.kill(signal),
    kill: () => killDaemon(child),
  };
}
