/** A leader whose watches lag behind what another one wrote, over the model of the API server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot, reporting, startMs } from '../../test/build/cluster.ts';
import { aController } from '../../test/build/controller.ts';
import { ModelApiServer } from '../../test/sim/server/api-server.ts';
import { parsedAll } from '../../test/sim/server/parsed.ts';
import { allocate } from '../allocate/allocate.ts';
import type { KubeClient, KubeRequest } from '../kube/client.ts';
import { createFakeClock } from '../kube/fake-clock.ts';
import { errorOfAnswer, KubeError, type KubeErrorCode } from '../kube/kube-error.ts';
import type { ClusterSnapshot, Service } from '../model/objects.ts';
import { parseInstance, parseVip } from '../model/parse-vip.ts';
import { FreshLook } from './fresh-look.ts';
import { OwnWrites } from './own-writes.ts';

const own = '/apis/fairlead.dev/v1alpha1';
const pools = [aPool('both', ['10.40.0.8/30', '2001:db8:40::8/128'])];
const pair = aService('shop/pair', { families: ['IPv4', 'IPv6'] });
const single = aService('shop/single', { ageSeconds: 10 });
const leaving = aService('shop/leaving', { families: ['IPv6'] });

/** A cluster whose Vips and VrrpInstances are in a model of the API server. */
class Truth {
  readonly #server = new ModelApiServer(() => startMs);
  readonly #services: readonly Service[];
  vipNodes = aSnapshot().vipNodes;

  constructor(services: readonly Service[]) {
    this.#services = services;
    this.#do('POST', '/api/v1/namespaces', { metadata: { name: 'nodes' } });
  }

  get version(): number {
    return this.#server.store.revision;
  }

  snapshot(): ClusterSnapshot {
    const { store } = this.#server;
    const vips = parsedAll(store.list('vips'), parseVip);
    const instances = parsedAll(store.list('vrrpinstances'), parseInstance);
    const { vipNodes } = this;
    return aSnapshot({ pools, services: this.#services, vipNodes, vips, instances });
  }

  /** What a leader would do that sees everything, of these Services. */
  allocate(services: readonly Service[]): void {
    for (const operation of allocate({ ...this.snapshot(), services }).operations) {
      if (!('spec' in operation)) continue;
      const { kind, name, spec, ...metadata } = operation;
      const path = `${own}/${kind.startsWith('vip-') ? 'vips' : 'vrrpinstances'}`;
      const body = { metadata: { name, ...metadata }, spec };
      if (kind.endsWith('-create')) this.#do('POST', path, body);
      else this.#do('PUT', `${path}/${name}`, body);
    }
  }

  /** A Vip ends: everybody let go. */
  end(name: string): void {
    const path = `${own}/vips/${name}`;
    this.#do('PATCH', path, { metadata: { finalizers: null } });
    this.#do('DELETE', path);
  }

  /** Instances, and Vips with phase and holders. */
  told(): readonly string[] {
    const { instances, vips } = this.snapshot();
    const ofVips = vips.map(({ name, phase, holders }) => [
      ...[name, phase],
      ...holders.map((holder) => holder.name),
    ]);
    return [...instances.map(({ uid }) => uid), ...ofVips.map((words) => words.join(' '))];
  }

  answer({ method = 'GET', path, body, contentType = '', query = {} }: KubeRequest): unknown {
    const text = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) text.set(key, String(value));
    }
    const by = 'controller';
    const all = { method, path: `${path}?${text}`, body, contentType, by };
    const { status, body: said } = this.#server.handle(all);
    if (status < 300) return said;
    throw errorOfAnswer({ call: `${method} ${path}`, status, body: JSON.stringify(said) });
  }

  #do(method: string, path: string, body?: unknown): void {
    const contentType = 'application/merge-patch+json';
    const { status } = this.#server.handle({ method, path, body, contentType, by: 'somebody' });
    assert.ok(status < 300, `${method} ${path}: ${status}`);
  }
}

/** What a leader's watches show for ever, and which of its requests nobody answers. */
type Sight = {
  readonly shown: ClusterSnapshot;
  readonly version: number;
  readonly fails?: (request: KubeRequest) => KubeError | undefined;
};

/** A leader that begins now, works for a while and ends. */
async function lead(truth: Truth, { shown, version, fails }: Sight): Promise<void> {
  const { controller, clock } = aController({
    request: async (request) => {
      const failure = fails?.(request);
      if (failure !== undefined) throw failure;
      return truth.answer(request);
    },
    ...{ shown: () => shown, version: String(version) },
  });
  controller.wake();
  await clock.advance(5_000);
  await controller.stop();
}

test('R89: a new leader takes nothing of what its watches do not show yet', async () => {
  const truth = new Truth([pair]);
  const { version } = truth;
  truth.allocate([pair]);
  const given = truth.told();
  assert.equal(given.length, 3);
  // Watches are not of one version: an instance is shown that seems to carry nothing.
  const families = ['IPv4', 'IPv6'];
  const services = [aService('shop/pair', { families, metadata: { finalizers: [] } })];
  await lead(truth, { shown: { ...truth.snapshot(), services, vips: [] }, version });
  assert.deepEqual(truth.told(), given);
});

test('R37: a write without an answer shows nobody half of what another one gave', async () => {
  const services = [pair, single];
  const truth = new Truth(services);
  // Somebody leaves the only IPv6 address there is.
  truth.allocate([leaving]);
  truth.vipNodes = reporting(truth.snapshot(), 'node-1').vipNodes;
  truth.allocate([]);
  const { version } = truth;
  const shown = truth.snapshot();
  let given: readonly string[] = [];
  const fails = (request: KubeRequest): KubeError | undefined => {
    if (given.length > 0 || !isNewVip(request)) return undefined;
    truth.end('2001-db8-40-0-0-0-0-8');
    truth.allocate([pair]);
    given = truth.told().filter((what) => what.endsWith('pair'));
    return new KubeError({ code: 'Server', message: 'no word of it' });
  };
  await lead(truth, { shown, version, fails });
  assert.equal(given.length, 2);
  assert.deepEqual(
    truth.told().filter((what) => what.endsWith('pair')),
    given,
  );
});

test('R86: a write without an answer calls for a fresh look, a throttled one for none', async () => {
  assert.equal(await looksAfter('Timeout'), 2);
  assert.equal(await looksAfter('TooMany'), 1);
});

test('R89: what the watches show in the same version is the object that they have', async () => {
  const truth = new Truth([pair]);
  truth.allocate([pair]);
  const [first, second] = truth.snapshot().vips;
  assert.ok(first !== undefined && second !== undefined);
  const shown = [first, { ...second, resourceVersion: '1' }];
  const written = new OwnWrites();
  const limits = new Set<unknown>();
  const look = new FreshLook({
    client: {
      request: async (request: KubeRequest) => {
        limits.add(request.query?.['limit']);
        return truth.answer(request);
      },
    } as KubeClient,
    watches: { values: (name: string) => (name === 'vips' ? shown : []) } as never,
    ...{ written, clock: createFakeClock() },
  });
  await look.take();
  const [same, read] = written.vips.over(shown, '1');
  assert.equal(same, first);
  assert.deepEqual(read, second);
  assert.deepEqual([...limits], [500], 'page by page');
});

/** How often a leader looks whose first new Vip ends so; the first look is that of any leader. */
async function looksAfter(code: KubeErrorCode): Promise<number> {
  const truth = new Truth([single]);
  let failures = 0;
  let lists = 0;
  const fails = (request: KubeRequest): KubeError | undefined => {
    if (request.method === undefined && request.path.endsWith('/vips')) lists += 1;
    if (!isNewVip(request) || failures > 0) return undefined;
    failures += 1;
    return new KubeError({ code, message: 'not now' });
  };
  await lead(truth, { shown: truth.snapshot(), version: truth.version, fails });
  assert.deepEqual(truth.told().slice(1), ['10.40.0.8 Held single']);
  return lists;
}

function isNewVip({ method, path }: KubeRequest): boolean {
  return method === 'POST' && path.endsWith('/vips');
}
