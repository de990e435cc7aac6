// Keepalived in the real-time class (ADR 0014): through reloads, and not where it is not allowed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const servers = [server('10.99.0.1', 9001)];

/** Numbers of sched(7). */
const policies = { other: 0, roundRobin: 2 } as const;

test('adverts are sent in the real-time class, and a reload keeps process and class', {
  skip: skip || notAllowed() || false,
}, async (t) => {
  const { rig, node, apply } = await holding(t, []);
  const before = policiesOf(rig, node);
  assert.equal(before.length, 2, 'Keepalived and the child that speaks VRRP');
  assert.ok(before.every(({ policy }) => policy === policies.roundRobin));
  // Keepalived's own way to get there was killed by the first reload, so three are looked at.
  for (const port of [81, 82, 83]) await apply(`10.99.0.${port}`);
  assert.deepEqual(policiesOf(rig, node), before);
});

test('without SYS_NICE it holds the VIP in the ordinary class', { skip }, async (t) => {
  const { rig, node } = await holding(t, ['sys_nice']);
  assert.ok(policiesOf(rig, node).every(({ policy }) => policy === policies.other));
});

/** Why this machine gives no process the real-time class; undefined when it does. */
function notAllowed(): string | undefined {
  const { status } = spawnSync('chrt', ['--rr', '10', 'true']);
  return status === 0 ? undefined : 'this machine allows no real-time class';
}

/** A lone node that holds the VIP; `apply` gives it another one by a reload of Keepalived. */
async function holding(t: TestContext, without: string[]) {
  const rig = new Rig(1);
  t.after(() => rig.close());
  const node = rig.node('n1');
  rig.pods(9001);
  rig.daemon(node, 'haproxy');
  rig.daemon(node, 'keepalived', without);
  const agent = await rig.agent(node);
  const desired = desiredFor(node, rig.nodes, [frontend(80, servers)]);
  await agent.apply(desired);
  await until('the VIP is held', () => rig.holders(vip4).length === 1);
  const apply = async (address: string): Promise<void> => {
    const [instance] = desired.keepalived.instances;
    assert.ok(instance);
    const vips = [...instance.vips, { address, family: 'IPv4', interface: 'eth0' } as const];
    const keepalived = { ...desired.keepalived, instances: [{ ...instance, vips }] };
    await agent.apply({ ...desired, keepalived });
    await until(`${address} is held too`, () => rig.holders(address).length === 1);
  };
  return { rig, node, apply };
}

function policiesOf(rig: Rig, node: RigNode): { pid: number; policy: number }[] {
  return rig.processes(node, 'keepalived').map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the policy is field 41; fields are counted from behind the name, which is field 2.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, policy: Number(fields[41 - 3]) };
  });
}
