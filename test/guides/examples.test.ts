/** What the files of `examples/` say in their comments is what the allocator makes of them. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { idleShares, namedServices } from '../../src/model/named-services.ts';
import type { Pool, Service } from '../../src/model/objects.ts';
import { parsePolicy, withPolicies } from '../../src/model/policies.ts';
import { servable } from '../../src/model/servable.ts';
import { serviceSettings } from '../../src/model/service-settings.ts';
import { sourcesOfFamily } from '../../src/model/source-ranges.ts';
import { type Manifest, readManifests } from '../api/manifests.ts';
import { aPool, aService, aSnapshot } from '../build/cluster.ts';
import { notesOf, results } from '../build/converge.ts';

type Fields = Readonly<Record<string, unknown>>;

const objectsOf = (file: string) => readManifests(`examples/${file}`);

/** The pool as written; the tests' nodes are on another network, so it names their interface. */
function poolOf(file: string): Pool {
  const [pool] = objectsOf(file);
  assert.equal(pool?.kind, 'VipPool', file);
  const { addresses, ...spec } = pool['spec'] as Fields & { addresses: readonly string[] };
  const interfaces = ['eth0'];
  return aPool(pool.metadata.name, addresses, { spec: { ...spec, interfaces } });
}

function servicesOf(file: string): Service[] {
  const services = objectsOf(file).filter(({ kind }) => kind === 'Service');
  return services.map((manifest) => serviceOf(manifest));
}

/** As the API server completes it in a dual-stack cluster. */
function serviceOf({ metadata, spec }: Manifest): Service {
  const { annotations } = metadata as { readonly annotations?: Fields };
  const fields = spec as Fields;
  const isDual = fields['ipFamilyPolicy'] === 'RequireDualStack';
  return aService(`shop/${metadata.name}`, {
    spec: fields,
    families: isDual ? ['IPv4', 'IPv6'] : ['IPv4'],
    ...(annotations && { annotations }),
  });
}

test('every example is a pool without a problem, or a Service of our class and what it needs', () => {
  for (const file of readdirSync('examples')) {
    for (const { kind, spec } of objectsOf(file)) {
      if (kind === 'VipPool') assert.deepEqual(poolOf(file).problems, [], file);
      else if (kind === 'Service') {
        assert.equal((spec as Fields)['loadBalancerClass'], 'fairlead.dev/vip', file);
      } else assert.ok(['Deployment', 'VipPolicy'].includes(kind), file);
    }
  }
});

test('every setting of an example can be read, and nothing in it contradicts itself', () => {
  for (const file of readdirSync('examples')) {
    const policies = objectsOf(file).flatMap((each) =>
      each.kind === 'VipPolicy' ? (parsePolicy(inShop(each)) ?? []) : [],
    );
    for (const service of withPolicies(servicesOf(file), policies)) {
      assert.deepEqual(serviceSettings(service).problems, [], file);
      const { refusal, sources } = servable(service);
      assert.ok(refusal === undefined && sources !== null, `${file}: ${JSON.stringify(refusal)}`);
    }
  }
});

const inShop = (manifest: Manifest) => ({
  ...manifest,
  metadata: { ...manifest.metadata, namespace: 'shop', uid: 'p', resourceVersion: '1' },
});

test('R51: the example with session affinity remembers a client for its hour', () => {
  const [sticky] = servicesOf('session-affinity.yaml');
  assert.equal(sticky?.affinitySeconds, 3_600);
});

test('R73: of the Services with near pods one takes the hints and one does not', () => {
  const topologies = servicesOf('near-pods.yaml').map((service) => {
    assert.match(
      JSON.stringify(service.annotations),
      /^\{("fairlead.dev\/topology":"Ignored")?\}$/,
    );
    return serviceSettings(service).settings.topology;
  });
  assert.deepEqual(topologies, [undefined, 'Ignored']);
  for (const { spec } of objectsOf('near-pods.yaml')) {
    assert.match(String((spec as Fields)['trafficDistribution']), /^PreferClose$/);
  }
});

test('the example of a release names two other Services, and nothing of it is idle', () => {
  const [shop] = servicesOf('releases.yaml');
  assert.ok(shop);
  const { settings, problems } = serviceSettings(shop);
  assert.deepEqual([...problems, ...idleShares(shop, settings, () => settings)], []);
  assert.deepEqual(namedServices(settings), ['shop-closed', 'shop-next']);
});

test('R39: both protocols of the DNS example are served', () => {
  const [dns] = servicesOf('dns.yaml');
  assert.ok(dns);
  assert.deepEqual(
    servable(dns).ports.map(({ protocol, port }) => `${port}/${protocol}`),
    ['53/UDP', '53/TCP'],
  );
});

test('R39, R40: TCP beside UDP or SCTP of one number are served, and keep each client (R51)', () => {
  for (const [file, ports] of [
    ['http3.yaml', ['443/TCP', '443/UDP']],
    ['sctp.yaml', ['3868/SCTP', '3868/TCP']],
  ] as const) {
    const [service] = servicesOf(file);
    assert.ok(service?.affinitySeconds !== undefined, file);
    const served = servable(service).ports.map(({ protocol, port }) => `${port}/${protocol}`);
    assert.deepEqual(served, ports, file);
  }
});

test('every setting of the examples about settings counts', () => {
  const files = ['settings', 'web-site', 'mail', 'health-checks', 'client-certificates'];
  for (const service of files.flatMap((file) => servicesOf(`${file}.yaml`))) {
    const { settings, problems } = serviceSettings(service);
    assert.deepEqual(problems, []);
    const { name, annotations } = service;
    assert.equal(Object.keys(settings).length, Object.keys(annotations).length, name);
  }
});

test('the Service with fixed addresses gets those the team’s pool keeps for it, and no others', () => {
  const pools = [poolOf('team-pool.yaml'), poolOf('minimal-pool.yaml')];
  const [checkout] = servicesOf('fixed-address.yaml');
  assert.ok(checkout);
  const others = [1, 2, 3, 4, 5].map((n) => aService(`shop/other-${n}`, { ageSeconds: 200 - n }));
  const snapshot = aSnapshot({ pools, services: [...others.slice(0, 3), checkout] });
  const after = results(snapshot);
  assert.equal(after['checkout'], '192.0.2.80 2001:db8:40::80');
  assert.equal(after['other-1'], '192.0.2.64', 'the team’s pool goes before the one for all');
  assert.deepEqual(notesOf(snapshot, checkout), [], 'an hour is not longer than the pool allows');
  const crowded = results(aSnapshot({ pools, services: others }));
  assert.equal(crowded['other-5'], '192.0.2.10', 'four addresses in each namespace');
});

test('the two Services with one key share an address', () => {
  const services = servicesOf('shared-address.yaml');
  const after = results(aSnapshot({ pools: [poolOf('minimal-pool.yaml')], services }));
  assert.deepEqual(after, { 'shop-http': '192.0.2.10', 'shop-metrics': '192.0.2.10' });
});

test('the Service with source ranges lets the office network in, by both families (R55)', () => {
  const [backoffice] = servicesOf('source-ranges.yaml');
  assert.ok(backoffice);
  const { refusal, sources } = servable(backoffice);
  assert.equal(refusal, undefined);
  assert.deepEqual(sourcesOfFamily(sources, 'IPv4'), ['192.0.2.0/24']);
  assert.deepEqual(sourcesOfFamily(sources, 'IPv6'), ['2001:db8:0:1::/64']);
});
