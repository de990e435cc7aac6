/**
 * A controller killed before and after each of its writes to the real API server (N4). Every life
 * of it gets one write done and dies: without the answer to it, or with the answer and at the next
 * write. So every state that a crash can leave behind is one that a fresh process begins with.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  addressesOf,
  aLoadBalancer,
  aVipPool,
  type Cluster,
  type Shown,
  servicePath,
  startCluster,
} from './controller-fixture.ts';
import { type Fault, type FaultProxy, type ProxiedCall, startFaultProxy } from './fault-proxy.ts';
import { type History, recordHistory } from './history.ts';
import { everShown, holdersOf, shownTwice, shownWithoutVip } from './history-rules.ts';
import { hastyTiming, type RunningController } from './running-controller.ts';
import { waitUntil } from './wait-until.ts';

/** A scenario has about sixty writes; twice as many lives means that it goes round in a circle. */
const livesMax = 120;
/** Nothing is written any more: the next write comes from what the test does next. */
const quietMs = 500;
const testMsMax = 240_000;

const leasePath =
  '/apis/coordination.k8s.io/v1/namespaces/fairlead-system/leases/fairlead-controller';

let cluster: Cluster;
let proxy: FaultProxy;
let history: History;

before(async () => {
  cluster = await startCluster();
  proxy = await startFaultProxy(cluster.api);
  await cluster.create(aVipPool('edge', { coolDownSeconds: 1 }));
});
beforeEach(async () => {
  history = await recordHistory(cluster.api);
});
afterEach(() => history?.stop());
after(async () => {
  await proxy?.stop();
  await cluster?.stop();
});

const isWrite = ({ method }: ProxiedCall): boolean => method !== 'GET';
const isOfLease = ({ path }: ProxiedCall): boolean => path.includes('/leases');
/** Renewals of the Lease are no decisions; a life could not begin without one. */
const isDecision = (call: ProxiedCall): boolean => isWrite(call) && !isOfLease(call);

/**
 * The last step of a run: every process applies the DaemonSets once, whatever they are. One that
 * begins with it has nothing else to do.
 */
const isLastStep = ({ path }: ProxiedCall): boolean => path.includes('/daemonsets/');

type Cut = 'before' | 'after';
/** When the process dies at its n-th write, and whether that write is still done. */
type Death = { readonly atWrite: number; readonly cut: Cut };

/** Kills before the call is passed on, or once the API server has done it. */
function cutting(cut: Cut, kill: () => void): Fault {
  if (cut === 'after') return { kind: 'lose-answer', action: kill };
  kill();
  return { kind: 'reset' };
}

/** The lives of one controller after another; `killed` counts those that were cut short. */
class Lives {
  readonly #death: Death;
  #running: RunningController | undefined;
  #writes = 0;
  #lastWriteMs = 0;
  #hadNothingToDo = false;
  killed = 0;

  constructor(death: Death) {
    this.#death = death;
  }

  /** Lives on until `isDone` holds, and nothing has been written for a while. */
  async until(what: string, isDone: () => Promise<boolean>): Promise<void> {
    while (this.killed < livesMax) {
      const isQuiet = performance.now() - this.#lastWriteMs > quietMs;
      if ((isQuiet || this.#hadNothingToDo) && (await isDone())) return;
      if (this.#running?.isRunning() !== true) await this.#begin();
      await pause(20);
    }
    assert.fail(`${this.killed} lives, and still not: ${what}`);
  }

  async end(): Promise<void> {
    proxy.heal();
    await this.#running?.kill();
    await cluster.api.call('DELETE', leasePath);
  }

  async #begin(): Promise<void> {
    // A dead leader's Lease runs out by itself; waiting for that at every life would take minutes.
    await cluster.api.call('DELETE', leasePath);
    this.#writes = 0;
    this.#hadNothingToDo = false;
    this.#lastWriteMs = performance.now();
    const controller = await cluster.start({ server: proxy.url });
    this.#running = controller;
    const { atWrite, cut } = this.#death;
    proxy.fail((call) => {
      if (!isDecision(call) || !controller.isRunning()) return undefined;
      this.#writes += 1;
      this.#lastWriteMs = performance.now();
      this.#hadNothingToDo = this.#writes === 1 && isLastStep(call);
      if (this.#writes < atWrite) return undefined;
      if (this.#writes > atWrite) return { kind: 'stall' };
      return cutting(cut, () => {
        this.killed += 1;
        void controller.kill();
      });
    });
    const livesBefore = this.killed;
    try {
      await controller.logged('leader-gained');
    } catch (error) {
      // It was killed at its first write before anybody had read the line.
      if (this.killed === livesBefore) throw error;
    }
  }
}

const shown = async (key: string): Promise<readonly string[]> =>
  addressesOf(await cluster.service(key));
const areShown =
  (count: number, ...keys: string[]) =>
  async () =>
    (await Promise.all(keys.map(shown))).every((addresses) => addresses.length === count);

async function scenario(lives: Lives): Promise<void> {
  for (const name of ['a', 'b', 'c']) await cluster.create(aLoadBalancer(`shop/${name}`));
  await lives.until('all are published', areShown(2, 'shop/a', 'shop/b', 'shop/c'));
  await cluster.api.call('DELETE', servicePath('shop/b'));
  await lives.until('b is gone', async () => (await cluster.service('shop/b')) === undefined);
  const wish = { 'fairlead.dev/ip-addresses': '10.77.0.108,fd00:10:77::108' };
  await cluster.api.call('PATCH', servicePath('shop/c'), { metadata: { annotations: wish } });
  await lives.until('c has moved, and nothing is left over', async () => {
    return (await shown('shop/c')).includes('10.77.0.108') && (await leftOvers()).length === 0;
  });
}

async function assertNothingLost(): Promise<void> {
  const changes = await history.changes();
  assert.deepEqual(shownTwice(changes), []);
  assert.deepEqual(shownWithoutVip(changes), []);
  assert.deepEqual(everShown(changes, 'shop/a').length, 2, 'a keeps what it has');
  assert.deepEqual(await shown('shop/a'), everShown(changes, 'shop/a'));
  assert.deepEqual(everShown(changes, 'shop/c').slice(2), await shown('shop/c'), 'one move');
}

/** Vips that no living Service holds or that somebody leaves, and instances that carry none. */
async function leftOvers(): Promise<string[]> {
  const [vips, instances] = [await cluster.vips(), await cluster.instances()];
  const services = await Promise.all(['shop/a', 'shop/b', 'shop/c'].map(cluster.service));
  const living = services.map((service) => service?.metadata.uid);
  const isWhole = (vip: Shown) =>
    vip.spec['phase'] === 'Held' && holdersOf(vip).every((uid) => living.includes(uid));
  const used = new Set(vips.map(({ spec }) => spec['instance']));
  const left = [
    ...vips.filter((vip) => !isWhole(vip)),
    ...instances.filter(({ metadata }) => !used.has(metadata.name)),
  ];
  const isDouble = vips.length !== 2 * living.filter((uid) => uid !== undefined).length;
  return [...left.map(({ metadata }) => metadata.name), ...(isDouble ? ['too many Vips'] : [])];
}

async function emptied(lives: Lives): Promise<void> {
  for (const key of ['shop/a', 'shop/c']) await cluster.api.call('DELETE', servicePath(key));
  await lives.until('nothing is left', async () => {
    const services = await Promise.all(['shop/a', 'shop/c'].map(cluster.service));
    const isGone = services.every((service) => service === undefined);
    return isGone && (await leftOvers()).length === 0;
  });
}

/** With more time: every third, fourth … write of a life. */
const laterDeaths = [3, 4, 5, 8].flatMap((atWrite) =>
  (['before', 'after'] as const).map((cut): [string, Death] => [
    `${cut} write ${atWrite} of each life`,
    { atWrite, cut },
  ]),
);
const deaths: readonly (readonly [string, Death])[] = [
  ['after each write, without its answer', { atWrite: 1, cut: 'after' }],
  ['before each write that follows another', { atWrite: 2, cut: 'before' }],
  ...(process.env['FAIRLEAD_TEST_LONG'] === undefined ? [] : laterDeaths),
];
for (const [when, death] of deaths) {
  test(`N4: a controller killed ${when} loses no address and leaves no orphan`, {
    timeout: testMsMax,
  }, async (t) => {
    const lives = new Lives(death);
    try {
      await scenario(lives);
      await assertNothingLost();
      await emptied(lives);
      t.diagnostic(`${lives.killed} lives`);
      assert.ok(lives.killed > 5, `only ${lives.killed} lives were cut short`);
    } finally {
      await lives.end();
    }
  });
}

test('N4: who dies at the writing of its Lease is followed by the next one', {
  timeout: testMsMax,
}, async () => {
  for (const cut of ['before', 'after'] as const) {
    const controller = await cluster.start({ server: proxy.url, flags: hastyTiming });
    proxy.fail((call) =>
      isWrite(call) && isOfLease(call) ? cutting(cut, () => void controller.kill()) : undefined,
    );
    await waitUntil(`it dies ${cut} it leads`, () => !controller.isRunning());
  }
  proxy.heal();
  const next = await cluster.start();
  await cluster.create(aLoadBalancer('shop/next'));
  await cluster.published('shop/next');
  await cluster.api.call('DELETE', servicePath('shop/next'));
  await cluster.gone('shop/next');
  assert.equal(await next.end(), 0);
});
