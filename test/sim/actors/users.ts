/** App teams: they create, change and delete Services, and are not always careful. */
import type { Random } from '../../run/random.ts';
import { type ApiObject, type Fields, fields } from '../server/api-object.ts';
import type { World } from '../world/world.ts';
import { paths } from './paths.ts';

const namespaces = ['shop', 'blog', 'dns'] as const;
const names = ['web', 'api', 'mail', 'cache'] as const;
const ours = 'fairlead.dev/vip';
const servicesMax = 10;

export class Users {
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
  }

  /** One thing that somebody does. */
  act(): void {
    const services = this.#world.list('services');
    const wantsMore = this.#random.next() * servicesMax > services.length;
    if (services.length === 0 || (wantsMore && this.#random.chance(0.6))) this.#create();
    else this.#change(this.#random.pick(services));
  }

  #create(): void {
    const random = this.#random;
    const namespace = random.pick(namespaces);
    const name = random.pick(names);
    const isOurs = random.chance(0.9);
    const spec = {
      type: 'LoadBalancer',
      ...(isOurs && { loadBalancerClass: ours }),
      ...(!isOurs && random.chance(0.5) && { loadBalancerClass: 'example.com/other' }),
      ...familySpec(random),
      ports: portsOf(random),
      ...(random.chance(0.05) && { loadBalancerIP: addressText(random) }),
      ...(random.chance(0.03) && { sessionAffinity: 'ClientIP' }),
    };
    const labels = random.chance(0.4) ? { tier: 'web' } : {};
    const metadata = { name, labels, annotations: annotationsOf(random) };
    const by = 'user';
    this.#world.call(by, ['POST', paths.service(namespace), { metadata, spec }]);
    // As another implementation would have left it behind.
    if (!random.chance(0.06)) return;
    const status = { loadBalancer: { ingress: [{ ip: addressText(random) }] } };
    this.#world.call('predecessor', [
      'PATCH',
      `${paths.service(namespace, name)}/status`,
      {
        status,
      },
    ]);
  }

  #change({ metadata, ...content }: ApiObject): void {
    const random = this.#random;
    const path = paths.service(metadata.namespace ?? '', metadata.name);
    const patch = (body: Fields): void => void this.#world.call('user', ['PATCH', path, body]);
    const spec = fields(content['spec']);
    const actions: readonly (readonly [number, () => void])[] = [
      [6, () => void this.#world.call('user', ['DELETE', path])],
      [2, () => this.#recreate(path, { metadata, ...content } as ApiObject)],
      [2, () => patch({ spec: { ports: portsOf(random) } })],
      [1, () => patch({ metadata: { annotations: deniedOf(random) } })],
      [3, () => patch({ metadata: { annotations: annotationsOf(random) } })],
      [2, () => patch({ metadata: { annotations: noAnnotations } })],
      [3, () => patch({ metadata: { annotations: sharingOf(random) } })],
      [1, () => patch({ metadata: { annotations: retainOf(random) } })],
      [2, () => patch({ metadata: { annotations: reassignOf(content['status']) } })],
      [2, () => patch({ metadata: { labels: { tier: random.chance(0.5) ? 'web' : null } } })],
      [2, () => patch({ spec: typeChange(spec) })],
      [2, () => patch({ spec: familyChange(spec) })],
      [1, () => patch({ spec: { sessionAffinity: random.pick(['ClientIP', 'None', 'None']) } })],
      [
        1,
        () => patch({ spec: { loadBalancerIP: random.chance(0.7) ? null : addressText(random) } }),
      ],
      [1, () => patch({ metadata: { finalizers: null } })],
    ];
    actOnce(random, actions);
  }

  /** A pipeline that deletes and creates in one breath; with finalizers the new one is refused. */
  #recreate(path: string, { metadata, ...content }: ApiObject): void {
    this.#world.call('user', ['DELETE', path]);
    if (this.#random.chance(0.5)) {
      this.#world.call('user', ['PATCH', path, { metadata: { finalizers: null } }]);
    }
    const { type, loadBalancerClass, ports } = fields(content['spec']);
    const { name, labels, annotations } = metadata;
    const body = {
      metadata: { name, labels, annotations },
      spec: { type, loadBalancerClass, ports, ...familySpec(this.#random) },
    };
    this.#world.call('user', ['POST', paths.service(metadata.namespace ?? ''), body]);
  }
}

/** Does one of several things. */
export function actOnce(random: Random, actions: readonly (readonly [number, () => void])[]): void {
  random.pickWeighted(actions.map(([weight, value]) => ({ weight, value })))();
}

/** Small, so that everybody meets everybody. */
export function addressText(random: Random): string {
  return `10.40.0.${random.below(14)}`;
}

function familySpec(random: Random): Fields {
  const policy = random.pick(['SingleStack', 'SingleStack', 'PreferDualStack', 'RequireDualStack']);
  const first = random.pick(['IPv4', 'IPv4', 'IPv4', 'IPv6']);
  const both = [first, first === 'IPv4' ? 'IPv6' : 'IPv4'];
  return { ipFamilyPolicy: policy, ipFamilies: policy === 'SingleStack' ? [first] : both };
}

function portsOf(random: Random): readonly Fields[] {
  const port = (name: string, protocol: string, number: number) => ({
    ...{ name, protocol, port: number },
  });
  const http = port('http', 'TCP', random.pick([80, 8080]));
  const dns = port('dns', 'UDP', 53);
  const more = port('more', 'TCP', 443);
  const signals = port('signals', 'SCTP', 53);
  return random.pick([[http], [http], [http, dns], [http, more], [signals]]);
}

/** With what is no network nothing of the Service is served. */
function deniedOf(random: Random): Fields {
  const denied = random.pick([null, null, '192.0.2.0/24', 'nonsense']);
  return { 'fairlead.dev/denied-source-ranges': denied };
}

const sharingKey = 'fairlead.dev/sharing-key';

function sharingOf(random: Random): Fields {
  return { [sharingKey]: random.pick(['k1', 'k1', 'k2', null]) };
}

function retainOf(random: Random): Fields {
  return { 'fairlead.dev/retain-seconds': random.pick(['20', '300', null]) };
}

/** Whatever it has, whether it lies outside its pool or not. */
function reassignOf(status: unknown): Fields {
  const { ingress } = fields(fields(status)['loadBalancer']);
  const addresses = (Array.isArray(ingress) ? ingress : []).map((one) => fields(one)['ip']);
  return { 'fairlead.dev/reassign': addresses.length === 0 ? null : addresses.join(',') };
}

const noAnnotations = {
  'fairlead.dev/ip-addresses': null,
  'fairlead.dev/pool': null,
};

function annotationsOf(random: Random): Fields {
  return {
    ...requestOf(random),
    ...(random.chance(0.35) && { [sharingKey]: random.pick(['k1', 'k1', 'k2']) }),
    ...(random.chance(0.15) && { 'fairlead.dev/retain-seconds': random.pick(['20', '300']) }),
  };
}

function requestOf(random: Random): Fields {
  const dice = random.next();
  if (dice < 0.15) return { 'fairlead.dev/ip-addresses': addressText(random) };
  if (dice < 0.25) return { 'fairlead.dev/pool': random.pick(['pool-0', 'pool-1', 'pool-2']) };
  if (dice < 0.28) return { 'fairlead.dev/ip-addresses': 'nonsense' };
  return {};
}

function typeChange(spec: Fields): Fields {
  const isBalancer = spec['type'] === 'LoadBalancer';
  return isBalancer
    ? { type: 'ClusterIP', loadBalancerClass: null }
    : { type: 'LoadBalancer', loadBalancerClass: ours };
}

function familyChange(spec: Fields): Fields {
  if (spec['ipFamilyPolicy'] === 'SingleStack') return { ipFamilyPolicy: 'PreferDualStack' };
  const families = Array.isArray(spec['ipFamilies']) ? spec['ipFamilies'] : [];
  const clusterIPs = Array.isArray(spec['clusterIPs']) ? spec['clusterIPs'].slice(0, 1) : [];
  return { ipFamilyPolicy: 'SingleStack', ipFamilies: families.slice(0, 1), clusterIPs };
}
