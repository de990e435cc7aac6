import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anInstance, aPool } from '../render/desired-fixture.ts';
import { planKeepalived } from './keepalived.ts';

const before = aPool([], anInstance('10.99.0.12')).keepalived;
const loaded = { text: 'A', desired: before };
const other = { ...anInstance('10.99.0.12'), name: '10.99.0.0-24.52', vrid: 52 };

test('what is loaded and on disk needs nothing', () => {
  assert.deepEqual(planKeepalived({ desired: before, text: 'A', fileText: 'A', loaded }), []);
});

test('a change is written, checked, and reloaded for its reasons', () => {
  const desired = aPool([], anInstance('10.99.0.12', '10.99.0.13'), other).keepalived;
  assert.deepEqual(planKeepalived({ desired, text: 'B', fileText: 'A', loaded }), [
    { kind: 'write-file', file: 'keepalived.conf', text: 'B', check: true },
    {
      kind: 'keepalived-reload',
      reasons: ['InstanceAdded 10.99.0.0-24.52', 'InstanceChanged 10.99.0.0-24.51'],
    },
  ]);
});

test('an instance that goes is named', () => {
  const [, reload] = planKeepalived({
    desired: aPool([]).keepalived,
    text: 'C',
    fileText: 'A',
    loaded,
  });
  assert.deepEqual(reload, {
    kind: 'keepalived-reload',
    reasons: ['InstanceRemoved 10.99.0.0-24.51'],
  });
});

test('nobody knows what is loaded: it is loaded again, which moves nothing', () => {
  const input = { desired: before, text: 'A', fileText: 'A', loaded: undefined };
  assert.deepEqual(planKeepalived(input), [
    { kind: 'keepalived-reload', reasons: ['LoadedUnknown'] },
  ]);
});

test('a file written by an agent that died before the reload is loaded now', () => {
  const steps = planKeepalived({ desired: before, text: 'B', fileText: 'B', loaded });
  assert.deepEqual(steps, [{ kind: 'keepalived-reload', reasons: ['SettingsChanged'] }]);
});
