// The judges see what they are for: each is shown texts that are wrong in one place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frontend } from '../../src/desired/desired-node.ts';
import { hostileCluster } from './hostile-cluster.ts';
import { judgeGood } from './judge-good.ts';
import { judgeLines } from './judge-lines.ts';
import { judgePaths } from './judge-paths.ts';
import { judgePlan } from './judge-plan.ts';
import { judgeServers } from './judge-servers.ts';
import { type Served, served } from './served.ts';

const whole = served(hostileCluster([]));

type Change = readonly [file: keyof Served['texts'], from: string, to: string];

const wrongLines: readonly Change[] = [
  ['haproxy', '  timeout connect 500ms\n', '  timeout connect 500ms\n  user root\n'],
  ['haproxy', '  timeout connect 500ms\n', '  timeout connect 500ms\n  timeout tarpit 1s\n'],
  ['haproxy', '  default_backend', '  stats socket /run/fairlead/edge/x\n  default_backend'],
  ['haproxy', '  default_backend', '# evil\n  default_backend'],
  ['haproxy', 'cookie WEB', 'cookie WÉB'],
  ['haproxy', 'cookie WEB', 'cookie W\tEB'],
  ['haproxy', 'cookie WEB', 'cookie W\rEB'],
  ['keepalived', '  nopreempt\n', '  nopreempt\n  notify "/bin/sh"\n'],
  ['keepalived', '  nopreempt\n', '  nopreempt\n}\n'],
  ['nft', 'counter reject', 'counter; flush ruleset'],
  ['nft', 'counter reject', 'counter reject }'],
  ['nft', '  chain guard {\n', '  }\n  chain guard {\n'],
  ['nft', '  chain guard {\n', '  chain guard {\n  }\n  chain guard {\n'],
];

const wrongPaths: readonly Change[] = [
  ['haproxy', 'crt /run/fairlead/edge/haproxy/keys/', 'crt /etc/ssl/'],
  ['haproxy', 'crt /run/fairlead/edge/haproxy/keys/', 'crt /run/fairlead/edge/haproxy/../keys/'],
  ['haproxy', 'crt /run/fairlead/edge/haproxy/keys/', 'crt '],
  ['haproxy', 'cookie WEB', 'cookie /etc/passwd'],
  ['haproxy', 'server-state-file /run/fairlead/edge', 'server-state-file /run/fairlead/other'],
  ['keepalived', '/usr/local/bin/fairlead-probe', '/usr/bin/curl'],
];

const wrongServers: readonly Change[] = [
  ['haproxy', '10.2.0.7:8080', '10.0.0.1:8080'],
  ['haproxy', '10.2.0.7:8080', '10.2.0.7:22'],
  ['haproxy', '  server 10-2-0-7_8080', '  server evil'],
  ['haproxy', 'bind 10.40.0.10:80 ', 'bind 10.40.0.11:80 '],
  ['haproxy', 'bind 10.40.0.10:80 ', 'bind 10.40.0.10:80\n  bind 0.0.0.0:22 '],
  ['haproxy', '\nbackend good', '\nbackend evil\n  mode tcp\nbackend good'],
];

const wrongGood: readonly Change[] = [
  ['haproxy', '  server 10-2-0-7_8080', '  # server 10-2-0-7_8080'],
  ['haproxy', '  timeout connect 500ms\n', ''],
  ['haproxy', '  tcp-request connection reject if denied_source\n', ''],
  ['keepalived', '10.40.0.10/32', '10.40.0.11/32'],
  ['nft', '10.40.0.10 . 17 . 53', '10.40.0.11 . 17 . 53'],
  ['nft', ' . 5353', ' . 5354'],
];

const groups = [
  { name: 'lines', changes: wrongLines, judge: judgeLines },
  { name: 'paths', changes: wrongPaths, judge: judgePaths },
  { name: 'servers', changes: wrongServers, judge: judgeServers },
  { name: 'good', changes: wrongGood, judge: (of: Served) => judgeGood(of, whole) },
];

for (const { name, changes, judge } of groups) {
  test(`${name}: what is right is`, () => judge(whole));
  for (const change of changes) {
    const [file, , to] = change;
    test(`${name}: ${file} with ${JSON.stringify(to)} is not`, () => {
      assert.throws(() => judge(changed(change)), assert.AssertionError);
    });
  }
}

test('plan: what is right is', () => judgePlan(whole));
for (const [name, more] of [
  ['a command in the name of a server', { servers: [named('10-2-0-7_8080;shutdown')] }],
  ['another process asked', { name: '@1' }],
  ['a frontend that is none of ours', { name: 'evil' }],
] as const) {
  test(`plan: ${name} is not`, () => {
    assert.throws(() => judgePlan(withFrontend(more)), assert.AssertionError);
  });
}

/** One place of a text is another. */
function changed([file, from, to]: Change): Served {
  const text = whole.texts[file].replace(from, to);
  assert.notEqual(text, whole.texts[file], `there is a ${JSON.stringify(from)}`);
  return { ...whole, texts: { ...whole.texts, [file]: text } };
}

function named(name: string): Frontend['servers'][number] {
  return { name, address: '10.2.0.7', port: 8080, state: 'ready' };
}

/** The first frontend is another; the writer would let it through. */
function withFrontend(more: Partial<Frontend>): Served {
  const { desired } = whole;
  const [first, ...others] = desired.haproxy.frontends;
  assert.ok(first);
  const frontends = [{ ...first, ...more }, ...others];
  return { ...whole, desired: { ...desired, haproxy: { ...desired.haproxy, frontends } } };
}
