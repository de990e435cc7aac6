import type { NodeSnapshot } from '../../src/desired/node-snapshot.ts';
import { parseEndpointSlice } from '../../src/model/parse-cluster.ts';
import { parsePool } from '../../src/model/parse-pool.ts';
import { parseService } from '../../src/model/parse-service.ts';
import { parseInstance, parseVip } from '../../src/model/parse-vip.ts';
import { parsePolicy, withPolicies } from '../../src/model/policies.ts';
import { vipName } from '../../src/net/format-address.ts';
import { parseAddress } from '../../src/net/parse-address.ts';
import { serviceFinalizers } from '../../src/tables/names.ts';
import { goodAddresses, goodService, goodSlices } from './good-service.ts';
import type { Json } from './hostile-service.ts';
import type { Tenant } from './hostile-tenant.ts';

/** The pool that they all share. */
export const poolName = 'edge';
const instanceName = '10.99.0.0-24.51';

/** What the agent of node-1 reads: the good Service, the tenants, and a pool of these defaults. */
export function hostileCluster(
  tenants: readonly Tenant[],
  serviceDefaults: Json = {},
): NodeSnapshot {
  const others = apart(tenants);
  const services: readonly Held[] = [goodService, ...others.map(admitted)];
  const slices = [...goodSlices, ...others.flatMap((tenant) => tenant.slices)];
  const policies = others.flatMap((tenant) => tenant.policies);
  const vips = services.flatMap((service, index) =>
    vipsOf(service, { index, tenant: others[index - 1] }),
  );
  const parsed = parsedAll(wire(services), parseService);
  return {
    node: 'node-1',
    zone: 'zone-1',
    pools: parsedAll([pool(serviceDefaults)], parsePool),
    services: withPolicies(parsed, parsedAll(wire(policies), parsePolicy)),
    slices: parsedAll(wire(slices), parseEndpointSlice),
    vips: parsedAll(vips, parseVip),
    instances: parsedAll([instance], parseInstance),
    knownPools: [],
  };
}

/** An API server has no two Services of one name; the good one is not theirs to be. */
function apart(tenants: readonly Tenant[]): readonly Tenant[] {
  const named = tenants.map((tenant) => [keyOf(tenant.service), tenant] as const);
  return [...new Map(named)].filter(([key]) => key !== keyOf(goodService)).map(([, one]) => one);
}

function keyOf({ metadata }: { readonly metadata: Json }): string {
  return `${metadata['namespace']}/${metadata['name']}`;
}

/** What the API server and the controller add to a Service. */
function admitted({ service: { metadata, spec }, families }: Tenant, index: number): Held {
  return {
    metadata: { ...metadata, uid: `uid-${index}`, finalizers: serviceFinalizers },
    spec: { clusterIPs: ['10.96.0.11'], ...spec, ipFamilies: families },
  };
}

/** As JSON has it: what cannot be sent is not received. */
function wire(objects: readonly unknown[]): readonly unknown[] {
  return JSON.parse(JSON.stringify(objects)) as readonly unknown[];
}

function parsedAll<T>(raw: readonly unknown[], parse: (raw: unknown) => T | undefined): T[] {
  return raw.flatMap((one) => parse(one) ?? []);
}

type Held = { readonly metadata: Json; readonly spec: Json };

/** The controller grants what a Service asks for. */
function vipsOf(
  service: Held,
  { index, tenant }: { readonly index: number; readonly tenant: Tenant | undefined },
): Json[] {
  const families = tenant?.families ?? (['IPv4', 'IPv6'] as const);
  const { namespace, name, uid } = service.metadata;
  const holder = { namespace, name, uid, ports: service.spec['ports'] };
  return families.map((family) => {
    const address = tenant === undefined ? goodAddresses[family] : hostileAddress(family, index);
    const parsed = parseAddress(address);
    if (!parsed.ok) throw new Error(`${address} ${parsed.problem}`);
    return {
      metadata: { name: vipName(parsed.value), uid: `uid-${address}` },
      spec: {
        ...{ address, pool: poolName, instance: instanceName, phase: 'Held', holders: [holder] },
        ...(tenant?.isMoving && { next: { pool: 'other', instance: 'elsewhere.52' } }),
      },
    };
  });
}

function hostileAddress(family: 'IPv4' | 'IPv6', index: number): string {
  const [high, low] = [Math.floor(index / 250), (index % 250) + 1];
  if (family === 'IPv4') return `10.41.${high}.${low}`;
  return `2001:db8:41::${high.toString(16)}:${low.toString(16)}`;
}

function pool(serviceDefaults: Json): Json {
  const addresses = ['10.40.0.0/15', '2001:db8:40::/47'];
  return { metadata: { name: poolName, uid: 'uid-pool' }, spec: { addresses, serviceDefaults } };
}

const instance: Json = {
  metadata: { name: instanceName, uid: 'uid-instance', generation: 3 },
  spec: {
    ...{ segment: '10.99.0.0-24', vrid: 51, pool: poolName, anchor: '169.254.77.51' },
    members: [1, 2].map((number) => ({
      ...{ node: `node-${number}`, address: `10.99.0.1${number}`, interface: 'eth0' },
      ...{ rank: number - 1, state: 'Member' },
    })),
  },
};
