/** The platform team: pools, namespaces, and what they delete by hand. */

import type { Random } from '../../run/random.ts';
import type { ApiObject, Fields } from '../server/api-object.ts';
import type { World } from '../world/world.ts';
import { paths } from './paths.ts';
import { actOnce, addressText } from './users.ts';

const poolNames = ['pool-0', 'pool-1', 'pool-2'] as const;
export const namespaceNames = ['shop', 'blog', 'dns'] as const;

export class Platform {
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
  }

  /** One thing that somebody does. */
  act(): void {
    const world = this.#world;
    const random = this.#random;
    const pools = world.list('vippools');
    actOnce(random, [
      [pools.length === 0 ? 30 : 4, () => this.#createPool()],
      [6, () => this.#onOne(pools, (pool) => this.#editPool(pool))],
      [1, () => this.#onOne(pools, (pool) => this.#delete(paths.pool(pool.metadata.name)))],
      [2, () => this.#relabel()],
      [0.5, () => this.#delete(paths.namespace(random.pick(namespaceNames)))],
      [2, () => this.#makeNamespaces()],
      [1, () => this.#onOne(world.list('vips'), (vip) => this.#deleteVip(vip))],
      [0.5, () => this.#onOne(world.list('vrrpinstances'), (one) => this.#deleteInstance(one))],
      [0.5, () => this.#delete(paths.lease('fairlead-system', 'fairlead-controller'))],
      [0.5, () => this.#onOne(world.list('daemonsets'), (set) => this.#deleteSet(set))],
    ]);
  }

  /** What a cluster needs for anybody to be served. */
  prepare(): void {
    for (const name of ['default', 'kube-node-lease', 'fairlead-system', 'fairlead-nodes']) {
      this.#world.call('installer', ['POST', paths.namespace(), { metadata: { name } }]);
    }
    this.#makeNamespaces();
    this.#createPool();
  }

  #onOne(objects: readonly ApiObject[], action: (object: ApiObject) => void): void {
    if (objects.length > 0) action(this.#random.pick(objects));
  }

  #delete(path: string): void {
    this.#world.call('platform', ['DELETE', path]);
  }

  #deleteVip({ metadata }: ApiObject): void {
    this.#delete(paths.vip(metadata.name));
    if (!this.#random.chance(0.3)) return;
    const body = { metadata: { finalizers: null } };
    this.#world.call('platform', ['PATCH', paths.vip(metadata.name), body]);
  }

  #deleteInstance({ metadata }: ApiObject): void {
    this.#delete(paths.instance(metadata.name));
  }

  #deleteSet({ metadata }: ApiObject): void {
    this.#delete(paths.daemonSet(metadata.name));
  }

  #createPool(): void {
    const name = this.#random.pick(poolNames);
    const body = { metadata: { name }, spec: this.#poolSpec() };
    this.#world.call('platform', ['POST', paths.pool(), body]);
  }

  #editPool({ metadata, spec }: ApiObject): void {
    const fresh = this.#poolSpec();
    const field = this.#random.pick(Object.keys(fresh));
    const changed = { ...(spec as Fields), [field]: fresh[field] };
    const { name, resourceVersion } = metadata;
    const body = { metadata: { ...metadata, resourceVersion }, spec: changed };
    this.#world.call('platform', ['PUT', paths.pool(name), body]);
  }

  #poolSpec(): Fields {
    const random = this.#random;
    const start = random.below(10);
    const v4 = `10.40.0.${start}-10.40.0.${start + random.below(5)}`;
    const six = random.below(10);
    const v6 = `2001:db8:40::${hex(six)}-2001:db8:40::${hex(six + random.below(4))}`;
    const broken = random.chance(0.06) ? [v4] : [];
    const addresses = [v4, ...(random.chance(0.6) ? [v6] : []), ...broken];
    return {
      addresses,
      excludedAddresses: random.chance(0.2) ? [addressText(random)] : [],
      assignment: random.chance(0.15) ? 'OnRequest' : 'Automatic',
      addressRequests: random.chance(0.15) ? 'Denied' : 'Allowed',
      priority: random.below(3),
      namespaceSelector: random.chance(0.2) ? { matchLabels: { team: 'a' } } : {},
      serviceSelector: random.chance(0.2) ? { matchLabels: { tier: 'web' } } : {},
      coolDownSeconds: random.pick([0, 5, 60]),
      maxRetainSeconds: random.pick([0, 0, 30, 600]),
      strandedPolicy: random.chance(0.25) ? 'Reassign' : 'Keep',
      quotas: random.chance(0.2) ? [quotaOf(random)] : [],
      reservations: random.chance(0.25) ? [reservationOf(random)] : [],
      nodeSelector: random.chance(0.2) ? { zone: random.pick(['east', 'west']) } : {},
      announce: {
        vrrp: {
          maxMembers: random.pick([1, 2, 3, 5]),
          vridRange: random.pick(['100-199', '100-101', '101-103']),
        },
      },
    };
  }

  #relabel(): void {
    const labels = { team: this.#random.pick(['a', 'b', null]) };
    const path = paths.namespace(this.#random.pick(namespaceNames));
    this.#world.call('platform', ['PATCH', path, { metadata: { labels } }]);
  }

  #makeNamespaces(): void {
    for (const name of namespaceNames) {
      const labels = { 'kubernetes.io/metadata.name': name, team: 'a' };
      const metadata = { name, labels, finalizers: ['kubernetes'] };
      this.#world.call('platform', ['POST', paths.namespace(), { metadata }]);
    }
  }
}

function quotaOf(random: Random): Fields {
  const namespaceSelector = random.chance(0.5) ? {} : { matchLabels: { team: 'a' } };
  return { namespaceSelector, maxAddresses: random.below(4) };
}

function reservationOf(random: Random): Fields {
  const namespace = random.pick(namespaceNames);
  const whom = random.pick([{}, { namespace }, { namespace, serviceName: 'web' }]);
  return { addresses: [addressText(random)], ...whom };
}

function hex(value: number): string {
  return value.toString(16);
}
