/** A controller whose token expires, and one that hears the API server slowly or not at all. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { aLoadBalancer, aVipPool, type Cluster, startCluster } from './controller-fixture.ts';
import { type FaultProxy, isWatch, type ProxiedCall, startFaultProxy } from './fault-proxy.ts';
import { accounts, tokenFor } from './installed.ts';
import { hastyTiming, type LogLine, type RunningController } from './running-controller.ts';
import { shortToken } from './short-token.ts';
import { waitUntil } from './wait-until.ts';

const testMsMax = 120_000;
/** The API server may believe a token for ten seconds more than it is valid. */
const expiryMsMax = 40_000;
const lifetimeSeconds = 8;
let cluster: Cluster;
let proxy: FaultProxy;
let controller: RunningController | undefined;
let serial = 0;

before(async () => {
  cluster = await startCluster();
  proxy = await startFaultProxy(cluster.api);
  await cluster.create(aVipPool('edge', { addresses: ['10.77.0.100-10.77.0.199'] }));
});
afterEach(async () => {
  proxy?.heal();
  await controller?.end();
});
after(async () => {
  await proxy?.stop();
  await cluster?.stop();
});

/** Services that ask for one address each; their names. */
async function createServices(count: number): Promise<string[]> {
  const names = Array.from({ length: count }, () => {
    serial += 1;
    return `shop/s${serial}`;
  });
  const spec = { ipFamilyPolicy: 'SingleStack' };
  await Promise.all(names.map((name) => cluster.create(aLoadBalancer(name, { spec }))));
  return names;
}

const isRefused = ({ event, error }: LogLine): boolean =>
  event === 'lease-failed' && String(error).includes('401');
const isLost = ({ event }: LogLine): boolean => event === 'leader-lost';

async function untilRefused(of: RunningController): Promise<void> {
  await waitUntil('its token is refused', () => of.log().some(isRefused), expiryMsMax);
}

test('an expired token that is replaced late is read again, and the leader leads on', {
  timeout: testMsMax,
}, async () => {
  const token = await shortToken(cluster.api, accounts.controller, lifetimeSeconds);
  controller = await cluster.start({ token });
  await controller.logged('leader-gained');
  await untilRefused(controller);
  writeFileSync(controller.tokenFile, await tokenFor(cluster.api, accounts.controller));
  const [name = ''] = await createServices(1);
  await cluster.published(name);
  assert.ok(controller.isRunning() && !controller.log().some(isLost));
});

test('a leader whose token is never replaced ends in time, and the next one serves', {
  timeout: testMsMax,
}, async () => {
  const token = await shortToken(cluster.api, accounts.controller, lifetimeSeconds);
  controller = await cluster.start({ token, flags: hastyTiming });
  await controller.logged('leader-gained');
  await waitUntil('it gives up', () => controller?.isRunning() === false, expiryMsMax);
  assert.ok(controller.log().some(isLost));
  assert.equal(await controller.end(), 1);
  controller = await cluster.start();
  const [name = ''] = await createServices(1);
  await cluster.published(name);
});

/** From now on the controller's watches pass no more than this. */
function slowWatches(bytesPerSecond: () => number): void {
  proxy.fail((call) => (isWatch(call) ? { kind: 'trickle', bytesPerSecond } : undefined));
}

test('a controller whose watches trickle stays leader and serves everybody', {
  timeout: testMsMax,
}, async () => {
  slowWatches(() => 8_000);
  controller = await cluster.start({ server: proxy.url });
  await controller.logged('leader-gained');
  for (const name of await createServices(10)) await cluster.published(name, 60_000);
  assert.ok(controller.isRunning() && !controller.log().some(isLost));
});

test('a controller whose watches stand still stays leader, and goes on where it was', {
  timeout: testMsMax,
}, async () => {
  let rate = 1_000_000;
  slowWatches(() => rate);
  controller = await cluster.start({ server: proxy.url });
  await controller.logged('leader-gained');
  rate = 0;
  const names = await createServices(5);
  const renewals = (): number => proxy.calls.filter(isRenewal).length;
  const before = renewals();
  const boundMs = 40_000;
  await waitUntil('it has renewed its Lease five times', () => renewals() >= before + 5, boundMs);
  rate = 1_000_000;
  for (const name of names) await cluster.published(name);
  assert.ok(controller.isRunning() && !controller.log().some(isLost));
});

function isRenewal({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method === 'PUT' && path.endsWith('/leases/fairlead-controller');
}

const isVipCreate = ({ method, path }: { readonly method: string; readonly path: string }) =>
  method === 'POST' && path.endsWith('/vips');

/** A watch that was cut off goes on where it was: it lists nothing again. */
const isListOfVips = ({ method, path, query }: ProxiedCall) =>
  method === 'GET' && path.endsWith('/vips') && !query.has('watch');

test('R37, R89: a write whose answer was lost is read back before anything else is decided', {
  timeout: testMsMax,
}, async () => {
  controller = await cluster.start({ server: proxy.url });
  await controller.logged('leader-gained');
  const earlier = proxy.calls.length;
  let lost = 0;
  const action = (): void => undefined;
  proxy.fail((call) => {
    if (isWatch(call)) return { kind: 'lag', delayMs: 3_000 };
    lost += isVipCreate(call) ? 1 : 0;
    return isVipCreate(call) && lost === 1 ? { kind: 'lose-answer', action } : undefined;
  });
  // The watches that are open by now do not lag.
  proxy.resetAll();
  const [name = ''] = await createServices(1);
  await cluster.published(name, 60_000);
  const calls = proxy.calls.slice(earlier);
  assert.equal(calls.filter(isVipCreate).length, 1);
  const after = calls.slice(calls.findIndex(isVipCreate));
  assert.equal(after.filter(isListOfVips).length, 1);
});
