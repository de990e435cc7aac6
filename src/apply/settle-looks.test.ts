import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../plan/step.ts';
import { hasMoved, SettleLooks } from './settle-looks.ts';

const waiting = { unsettled: true, moved: false, milliseconds: 5 };

test('what does not come is looked at less often', () => {
  const looks = new SettleLooks();
  const pauses = Array.from({ length: 60 }, () => looks.pauseAfter(waiting));
  assert.equal(pauses[0], 100);
  assert.equal(pauses.at(-1), 5_000);
});

test('a server that comes late in a long rolling update waits no longer than the first one', () => {
  const looks = new SettleLooks();
  for (let change = 0; change < 100; change += 1) {
    looks.pauseAfter({ ...waiting, moved: true });
    assert.equal(looks.pauseAfter(waiting), 100, `change ${change}`);
  }
});

test('what has settled begins anew', () => {
  const looks = new SettleLooks();
  for (let look = 0; look < 60; look += 1) looks.pauseAfter(waiting);
  looks.pauseAfter({ ...waiting, unsettled: false });
  assert.equal(looks.pauseAfter(waiting), 100);
});

test('a look that takes long leaves half of the time to changes', () => {
  assert.equal(new SettleLooks().pauseAfter({ ...waiting, milliseconds: 400 }), 400);
});

test('a file that was written for a load that failed is no step forward', () => {
  const file: Outcome['step'] = { kind: 'write-file', file: 'haproxy.cfg', text: '', check: true };
  const reload: Outcome['step'] = { kind: 'haproxy-reload', reasons: ['SettingsChanged'] };
  const ready: Outcome['step'] = { kind: 'server-ready', backend: 'b', server: 's' };
  const outcome = (step: Outcome['step'], ok: boolean): Outcome => ({ step, ok, detail: '' });
  const prepared = [outcome(file, true), outcome({ kind: 'save-server-state' }, true)];
  assert.equal(hasMoved([]), false);
  assert.equal(hasMoved([...prepared, outcome(reload, false)]), false);
  assert.equal(hasMoved([...prepared, outcome(reload, false), outcome(ready, true)]), true);
  assert.equal(hasMoved([...prepared, outcome(reload, true)]), true);
  assert.equal(hasMoved([outcome(file, true), outcome(ready, false)]), true);
});
