import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Seen } from '../lab/story/watch.ts';
import { asTable, type Tallies, tallied } from './network-report.ts';

function seen(requests: number, failures: Record<string, number>, gapMs: number): Seen {
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return {
    ...{ service: 'web', address: '10.99.0.100', requests, failed, failures },
    ...{ longestGapMs: gapMs, longestPauseMs: 12, lastFailureMs: 0 },
    ...{ perReplica: {}, lastSeen: {}, samples: [] },
  };
}

test('requests are summed by kind of action and failures by cause; times keep their longest', () => {
  let tallies: Tallies = new Map();
  const first = [seen(100, { 'connect-timeout': 3 }, 40), seen(50, { ECONNRESET: 1 }, 310)];
  tallies = tallied(tallies, 'node-kill', { seen: first, settledMs: 9_100 });
  const second = [seen(10, { 'connect-timeout': 2 }, 20)];
  tallies = tallied(tallies, 'node-kill', { seen: second, settledMs: 4_000 });
  tallies = tallied(tallies, 'agent-kill', { seen: [], settledMs: 2_000 });
  assert.deepEqual(tallies.get('node-kill'), {
    ...{ times: 2, requests: 160, failed: 6, causes: { 'connect-timeout': 5, ECONNRESET: 1 } },
    ...{ longestGapMs: 310, longestPauseMs: 12, settledMs: 9_100 },
  });
  assert.deepEqual(asTable(tallies).split('\n'), [
    'action      times  requests  failed  gap ms  pause ms  settled s  causes',
    'node-kill       2       160       6     310        12        9.1  5 connect-timeout, 1 ECONNRESET',
    'agent-kill      1         0       0       0         0        2.0',
  ]);
});
