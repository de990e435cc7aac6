import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawObject } from '../kube/raw-object.ts';
import { controllerKinds } from './controller-kinds.ts';

const wrote = Date.parse('2026-01-01T00:00:00Z');

function lease(renewTime: string): RawObject {
  return { metadata: { name: 'n1', uid: 'u', resourceVersion: '1' }, spec: { renewTime } };
}

test('R84: a Lease is as old as our own sight of its last change; a relist makes nobody fresh', () => {
  let nowMs = wrote + 100_000;
  const { project } = controllerKinds('fairlead-nodes', () => nowMs).leases;
  assert.equal(project(lease('2026-01-01T00:00:00.000000Z'))?.seenMs, wrote);
  nowMs += 60_000;
  assert.equal(project(lease('2026-01-01T00:00:00.000000Z'))?.seenMs, wrote);
  assert.equal(project(lease('2026-01-01T00:02:40.000000Z'))?.seenMs, nowMs);
});

test('a Lease written by a clock that runs ahead is not fresh for longer than others', () => {
  const { project } = controllerKinds('fairlead-nodes', () => wrote).leases;
  assert.equal(project(lease('2026-01-01T01:00:00.000000Z'))?.seenMs, wrote);
});
