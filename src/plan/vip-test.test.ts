import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DesiredPool, FlowFrontend, Frontend } from '../desired/desired-node.ts';
import { testsInRowMin } from '../tables/limits.ts';
import {
  chooseTargets,
  judgeAttempt,
  noTests,
  noteRound,
  targetsInOrder,
  testsPerRound,
  type VipTarget,
  type VipTestResult,
  type VipTests,
  vipTargets,
  vipVerdict,
} from './vip-test.ts';

const frontend = (address: string, port: number, more: Partial<Frontend> = {}): Frontend => ({
  ...{ name: `a_b_${port}_${address}`, service: 'a/b', address, port, servers: [] },
  family: address.includes(':') ? 'IPv6' : 'IPv4',
  ...more,
});

type Pool = Pick<DesiredPool, 'haproxy' | 'flows' | 'keepalived'>;

function pool(...frontends: Frontend[]): Pool {
  const vips = [...new Set(frontends.map(({ address }) => address))].map((address) => {
    const family = address.includes(':') ? ('IPv6' as const) : ('IPv4' as const);
    return { address, family, interface: 'eth0' };
  });
  const instance = {
    ...{ name: 'i', generation: 1, vrid: 51, interface: 'eth0', priority: 254, vips },
    ...{ advertIntervalMs: 100, sourceAddress: '10.0.0.1', peers: ['10.0.0.2'], anchor: 'a' },
  };
  return {
    haproxy: { maxConnections: 1, frontends },
    flows: [],
    keepalived: { routerId: 'n', instances: [instance] },
  };
}

const open = (port: number): VipTarget => ({ address: '10.0.0.9', port, isOpen: true });

/** Rounds in which every target tried comes to the same. */
function after(targets: readonly VipTarget[], results: readonly VipTestResult[]): VipTests {
  return results.reduce(
    (tests, result) =>
      noteRound(
        tests,
        targets,
        new Map(chooseTargets(tests, targets).map((target) => [target, result])),
      ),
    noTests,
  );
}

test('open ports are tried, and of each VIP one that is closed', () => {
  const from = '10.0.0.1';
  const targets = vipTargets(
    pool(frontend('10.0.0.9', 80), frontend('10.0.0.9', 10_250)),
    new Set(),
  );
  assert.deepEqual(targetsInOrder(targets), [
    { address: '10.0.0.9', port: 10_250, isOpen: true, from },
    { address: '10.0.0.9', port: 22, isOpen: false, from },
    { address: '10.0.0.9', port: 80, isOpen: true, from },
  ]);
});

test('of a VIP with UDP only the guard is tried', () => {
  const { haproxy, ...rest } = pool(frontend('10.0.0.9', 22));
  const dns: FlowFrontend = {
    ...{ protocol: 'UDP', name: 'a_b_53_v', service: 'a/b', family: 'IPv4' },
    ...{ address: '10.0.0.9', port: 53, endpoints: [], isSticky: false, isDirect: false },
  };
  const only = { ...rest, haproxy: { ...haproxy, frontends: [] }, flows: [dns, dns] };
  const closed = { address: '10.0.0.9', isOpen: false, from: '10.0.0.1' };
  assert.deepEqual(vipTargets(only, new Set()), [{ ...closed, port: 10_250 }]);
});

test('a VIP of the other family is tried by its holder; one that passes between pools by nobody', () => {
  const six = pool(frontend('fd00::9', 80));
  assert.deepEqual(vipTargets(six, new Set()), []);
  assert.deepEqual(
    targetsInOrder(vipTargets(six, new Set(['i']))).map(({ port, from }) => [port, from]),
    [
      [10_250, undefined],
      [80, undefined],
    ],
  );
  assert.deepEqual(vipTargets(pool(frontend('10.0.0.9', 80, { isPassing: true })), new Set()), []);
});

test('only the filter’s own words count as reached, only another’s answer as elsewhere', () => {
  const closed = { ...open(22), isOpen: false };
  const results = (target: VipTarget, ...attempts: string[]) =>
    attempts.map((attempt) => judgeAttempt(target, attempt));
  assert.deepEqual(results(open(80), 'ENOPROTOOPT', 'EACCES'), ['reached', 'reached']);
  assert.deepEqual(results(closed, 'ENETUNREACH'), ['reached']);
  const others = ['connected', 'ECONNREFUSED', 'ECONNRESET'];
  for (const target of [open(80), closed]) {
    assert.deepEqual(new Set(results(target, ...others)), new Set(['elsewhere']));
    const nobody = ['silence', 'EHOSTUNREACH', 'ETIMEDOUT', 'no source'];
    assert.deepEqual(new Set(results(target, ...nobody)), new Set(['unknown']));
  }
  // The holder is about to open or to close it.
  assert.deepEqual(results(open(80), 'ENETUNREACH'), ['unknown']);
  assert.deepEqual(results(closed, 'ENOPROTOOPT'), ['unknown']);
});

test('elsewhere is said after several times in a row, and unsaid at the first that is reached', () => {
  const targets = [open(80)];
  const verdict = (...results: VipTestResult[]) => vipVerdict(after(targets, results), targets);
  const elsewhere = new Array<VipTestResult>(testsInRowMin).fill('elsewhere');
  assert.equal(verdict(...elsewhere.slice(1))?.state, 'Unknown');
  assert.deepEqual(verdict(...elsewhere), {
    state: 'Elsewhere',
    ...{ bypassed: ['10.0.0.9:80'], bypassedCount: 1 },
  });
  assert.equal(verdict(...elsewhere, 'unknown')?.state, 'Elsewhere', 'silence mends nothing');
  assert.equal(verdict(...elsewhere, 'reached')?.state, 'Reached');
  assert.equal(verdict(...elsewhere.slice(1), 'reached', 'elsewhere')?.state, 'Reached');
});

test('what was reached long ago says nothing; without targets nothing is said', () => {
  const targets = [open(80)];
  const silent = new Array<VipTestResult>(20).fill('unknown');
  assert.equal(vipVerdict(after(targets, ['reached', ...silent]), targets)?.state, 'Unknown');
  assert.equal(vipVerdict(noTests, []), undefined);
  const gone = noteRound(after(targets, ['elsewhere']), [open(81)], new Map());
  assert.equal(gone.suspects.size, 0, 'a target that is none any more is forgotten');
});

test('every target has its turn, few at a time; suspects are tried each time', () => {
  const targets = Array.from({ length: 10 }, (_, index) => open(80 + index));
  const tried = new Set<number>();
  let tests = noTests;
  for (let round = 0; round < 4; round += 1) {
    const chosen = chooseTargets(tests, targets);
    assert.ok(chosen.length <= testsPerRound);
    for (const { port } of chosen) tried.add(port);
    tests = noteRound(tests, targets, new Map(chosen.map((target) => [target, 'reached'])));
  }
  assert.equal(tried.size, 10);
  const suspicious = noteRound(tests, targets, new Map([[open(87), 'elsewhere']]));
  for (let round = 0; round < 4; round += 1) {
    assert.equal(chooseTargets(suspicious, targets)[0]?.port, 87);
  }
});
