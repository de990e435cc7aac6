/** Keepalived's adverts keep their time on nodes that have a lot to do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servingLab } from './cluster.ts';

const classes = 'for each in $(pgrep -x keepalived); do chrt -p "$each" | head -1; done';

test('ADR 14: Keepalived runs in the real-time class in its pods', async () => {
  const lab = await servingLab();
  for (const node of lab.nodes) {
    const said = (await node.exec(['sh', '-c', classes])).trim().split('\n');
    assert.ok(said.length > 0, node.name);
    for (const line of said) assert.match(line, /SCHED_RR$/, node.name);
  }
});
