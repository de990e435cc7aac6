import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, applied, aService, aSnapshot, reporting } from '../../test/build/cluster.ts';
import { allocate } from '../allocate/allocate.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { clusterStatus } from '../status/cluster-status.ts';
import { type Admitted, ingressIn, StatusContests } from './status-contests.ts';

const theirs = [{ ip: '192.0.2.7', ipMode: 'VIP', ports: [] }];

/** Services of these names, each with an address that a node holds. */
function heldBy(...services: readonly string[]): ClusterSnapshot {
  const pools = [aPool('edge', ['10.40.0.8/29'])];
  const start = aSnapshot({ pools, services: services.map((name) => aService(`shop/${name}`)) });
  return reporting(applied(start, allocate(start).operations), 'node-1');
}

const held = heldBy('web');

/** `web` shows what somebody else wrote to it, in this version. */
function rewritten(version: number, afterMs: number, of: ClusterSnapshot = held): ClusterSnapshot {
  const services = of.services.map((service) =>
    service.name === 'web'
      ? { ...service, ingress: theirs, resourceVersion: String(version) }
      : service,
  );
  return { ...of, services, nowMs: of.nowMs + afterMs };
}

const names = ({ status }: Admitted): string[] =>
  status.statuses.filter((w) => w.regarding.kind === 'Service').map((w) => w.regarding.name);

/** What a controller does: write all that is admitted, and remember it. */
function run(contests: StatusContests, snapshot: ClusterSnapshot, version: number): Admitted {
  const admitted = contests.admit(clusterStatus(snapshot, allocate(snapshot)), snapshot);
  for (const { regarding, status } of admitted.status.statuses) {
    const written = { ingress: ingressIn(status), resourceVersion: String(version) };
    if (regarding.kind === 'Service') contests.written(regarding.uid, written);
  }
  return admitted;
}

test('X7: a Service that somebody keeps rewriting waits, is told of once, and is tried again', () => {
  const contests = new StatusContests();
  const runs = [0, 1, 2, 3, 4, 5].map((n) => run(contests, rewritten(2 * n, n), 2 * n + 1));
  const isWritten = runs.map((admitted) => names(admitted).includes('web'));
  assert.deepEqual(isWritten, [true, true, true, true, false, false]);
  assert.deepEqual(
    runs.flatMap(({ told }) => told.map(({ reason }) => reason)),
    ['StatusContested'],
  );
  assert.equal(runs.at(-1)?.status.wakeAtMs, held.nowMs + 4 + 5_000);
  assert.ok(names(run(contests, rewritten(12, 5_004), 13)).includes('web'));
});

test('X7: nobody else has to wait meanwhile', () => {
  const contests = new StatusContests();
  const both = heldBy('web', 'zoo');
  const runs = [0, 1, 2, 3, 4].map((n) => run(contests, rewritten(2 * n, n, both), 2 * n + 1));
  assert.deepEqual(runs.map(names).at(-1), ['zoo']);
});

test('X7: what the API server takes away with the type is nobody’s doing', () => {
  const contests = new StatusContests();
  for (let n = 0; n < 8; n += 1) {
    const { services } = rewritten(2 * n, n);
    const retyped = services.map((service) => ({ ...service, type: 'ClusterIP', ingress: [] }));
    run(contests, { ...held, services: retyped }, 2 * n);
    const { told } = run(contests, rewritten(2 * n + 1, n), 2 * n + 2);
    assert.deepEqual(told, []);
  }
});
