/** Keepalived's adverts keep their time on nodes that have a lot to do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servingLab } from './cluster.ts';

const classes = 'for each in $(pgrep -x keepalived); do chrt -p "$each" | head -1; done';
/** Where the kernel gives out budgets, what the node has of one: microseconds a second. */
const budget = 'cat /sys/fs/cgroup/cpu/cpu.rt_runtime_us 2>/dev/null || echo unbounded';

test('ADR 14: Keepalived runs in the real-time class in its pods', async (t) => {
  const { nodes } = await servingLab();
  const told = (command: string) =>
    Promise.all(nodes.map(async (node) => (await node.exec(['sh', '-c', command])).trim()));
  if ((await told(budget)).every((each) => each === '0')) {
    t.skip('another lab on this machine has the real-time budget');
    return;
  }
  for (const [index, said] of (await told(classes)).entries()) {
    for (const line of said.split('\n')) assert.match(line, /SCHED_RR$/, nodes[index]?.name);
  }
});
