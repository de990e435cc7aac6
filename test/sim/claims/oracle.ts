/**
 * Who should have what, looked up by brute force: every Service against every address of its small
 * pools. It knows less than the allocator and shares none of its code but the parsers.
 */
import type { ClusterSnapshot, Pool, Service, Vip } from '../../../src/model/objects.ts';
import type { Family } from '../../../src/net/address.ts';
import { formatAddress } from '../../../src/net/format-address.ts';
import { vipsOf } from './true-state.ts';

const conditionType = 'fairlead.dev/Allocated';
const programmedType = 'fairlead.dev/Programmed';
const excludingLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** Claims that do not hold, as sentences. */
export function oracleProblems(snapshot: ClusterSnapshot): readonly string[] {
  const served = snapshot.services.filter((s) => isWanted(s));
  return [
    ...served.flatMap((service) => serviceProblems(snapshot, service)),
    ...twiceProblems(snapshot),
    ...vridProblems(snapshot),
    ...snapshot.pools
      .filter(({ problems }) => problems.length === 0)
      .flatMap((pool) => countProblems(snapshot, pool)),
  ];
}

function isWanted({ type, loadBalancerClass, deleting, clusterIps }: Service): boolean {
  const isOurs = type === 'LoadBalancer' && loadBalancerClass === 'fairlead.dev/vip';
  return isOurs && !deleting && !clusterIps.includes('None');
}

function serviceProblems(snapshot: ClusterSnapshot, service: Service): string[] {
  const key = `${service.namespace}/${service.name}`;
  const held = vipsOf(snapshot.vips, service.uid);
  const families = held.map((vip) => vip.address.family);
  const allocated = service.conditions.find(({ type }) => type === conditionType);
  const addresses = held.map((vip) => formatAddress(vip.address));
  return [
    ...(new Set(families).size === families.length ? [] : [`${key} holds ${addresses}`]),
    ...(held.length > 0 === (allocated?.status === 'True')
      ? []
      : [`${key} holds ${addresses}, but Allocated is ${allocated?.status}`]),
    ...(held.length > 0 || !['PoolExhausted', 'NoPool'].includes(allocated?.reason ?? '')
      ? []
      : waitingProblems(snapshot, service, key)),
  ];
}

/** Invariant 5: who waits for an address of full pools waits for full pools. */
function waitingProblems(snapshot: ClusterSnapshot, service: Service, key: string): string[] {
  const named = service.annotations['fairlead.dev/pool']?.trim();
  const isAsking = service.annotations['fairlead.dev/ip-addresses'] !== undefined;
  if (isAsking || service.loadBalancerIp !== undefined) return [];
  if (snapshot.nodes.every(({ labels }) => excludingLabel in labels)) return [];
  const pools = snapshot.pools.filter(
    (pool) =>
      isOpenTo(snapshot, pool, service) &&
      isRoomy(pool) &&
      (named === undefined ? pool.assignment === 'Automatic' : pool.name === named),
  );
  const free = pools.filter((pool) =>
    service.families.every((family) => freeFor(snapshot, pool, { service, family }).length > 0),
  );
  return free.map((pool) => `${key} waits, and ${pool.name} has free addresses of its families`);
}

function isOpenTo(snapshot: ClusterSnapshot, pool: Pool, service: Service): boolean {
  const namespace = snapshot.namespaces.find(({ name }) => name === service.namespace);
  const fits = (wanted: Readonly<Record<string, string>>, labels = {} as Record<string, string>) =>
    Object.entries(wanted).every(([key, value]) => labels[key] === value);
  return (
    pool.problems.length === 0 &&
    !pool.deleting &&
    fits(pool.namespaceSelector.matchLabels, namespace?.labels) &&
    fits(pool.serviceSelector.matchLabels, service.labels)
  );
}

/** Neither a quota nor want of nodes or VRIDs can be what keeps an address back. */
function isRoomy({ quotas, nodeSelector, vrrp }: Pool): boolean {
  const isForAllNodes = Object.keys(nodeSelector).length === 0;
  return quotas.length === 0 && isForAllNodes && vrrp.lastVrid - vrrp.firstVrid > 50;
}

/** Every address of the pool that is nobody's; ranges are small here. */
function freeFor(
  snapshot: ClusterSnapshot,
  pool: Pool,
  of: { readonly service: Service; readonly family: Family },
): string[] {
  const taken = snapshot.vips.filter(({ phase }) => phase !== 'Cooling').map(({ name }) => name);
  const reserved = pool.reservations.flatMap(({ ranges, namespace, serviceName }) => {
    const isOurs =
      namespace === of.service.namespace &&
      (serviceName === undefined || serviceName === of.service.name);
    return isOurs ? [] : ranges.flatMap(valuesIn).map((value) => nameOf(of.family, value));
  });
  const others = new Set([...taken, ...reserved]);
  return addressesOf(snapshot, pool, of.family).filter((name) => !others.has(name));
}

function valuesIn({ first, last }: Pool['ranges'][number]): bigint[] {
  return Array.from({ length: Number(last - first) + 1 }, (_, index) => first + BigInt(index));
}

/** By Vip name: IPv6 addresses here differ in their last group only. */
function addressesOf(snapshot: ClusterSnapshot, pool: Pool, family: Family): string[] {
  const older = snapshot.pools.filter((other) => isOlder(other, pool));
  const others = [...pool.excluded, ...older.flatMap((other) => other.ranges)];
  const isIn = (ranges: Pool['ranges'], value: bigint) =>
    ranges.some((r) => r.family === family && r.first <= value && value <= r.last);
  return pool.ranges
    .filter((range) => range.family === family)
    .flatMap(valuesIn)
    .filter((value) => !isIn(others, value))
    .map((value) => nameOf(family, value));
}

/** One that is going owns nothing that another has as well (A47). */
function isOlder(a: Pool, b: Pool): boolean {
  if (a.deleting !== b.deleting) return b.deleting;
  return a.createdMs < b.createdMs || (a.createdMs === b.createdMs && a.name < b.name);
}

function nameOf(family: Family, value: bigint): string {
  if (family === 'IPv4') return `10.40.0.${value & 0xffn}`;
  return `2001-db8-40-0-0-0-0-${(value & 0xffffn).toString(16)}`;
}

/**
 * Invariant 1, as clients see it: whoever publishes an address is one of those who have its Vip.
 * While no node serves what a Service has, what a predecessor published stands (A55), as long as
 * that is nobody's.
 */
function twiceProblems({ services, vips }: ClusterSnapshot): string[] {
  return services.filter(isWanted).flatMap((service) => {
    const allocated = service.conditions.find(({ type }) => type === conditionType);
    const published = allocated?.status === 'True' ? service.ingress : [];
    const own = vipsOf(vips, service.uid).map(({ address }) => formatAddress(address));
    const isServed = service.conditions.some(
      ({ type, status }) => type === programmedType && status === 'True',
    );
    const isSomebodys = (ip: string): boolean =>
      vips.some(({ address }) => formatAddress(address) === ip);
    const others = published
      .map(({ ip }) => ip)
      .filter((ip) => !own.includes(ip) && (isServed || isSomebodys(ip)));
    const key = `${service.namespace}/${service.name}`;
    return others.map((ip) => `${key} publishes ${ip}, which it does not have`);
  });
}

/** Unique on a segment, and on every node that hears two segments. */
function vridProblems({ instances }: ClusterSnapshot): string[] {
  const problems: string[] = [];
  for (const [index, a] of instances.entries()) {
    for (const b of instances.slice(index + 1)) {
      const nodes = new Set(a.members.map(({ node }) => node));
      const areNear = a.segment === b.segment || b.members.some(({ node }) => nodes.has(node));
      if (a.vrid === b.vrid && areNear) problems.push(`${a.name} and ${b.name} share a VRID`);
    }
  }
  return problems;
}

/** Invariant 6: what the pool's status counts is what is there. */
function countProblems(snapshot: ClusterSnapshot, pool: Pool): string[] {
  const status = JSON.parse(pool.statusText === '' ? '{}' : pool.statusText);
  const rows: readonly Record<string, string>[] = status.addresses ?? [];
  return rows.flatMap((row) => {
    const family = row['family'] as Family;
    const names = new Set(addressesOf(snapshot, pool, family));
    const own = snapshot.vips.filter((v) => v.pool === pool.name && v.address.family === family);
    const inside = own.filter(({ name }) => names.has(name));
    const inPhase = (...phases: Vip['phase'][]): string =>
      String(inside.filter(({ phase }) => phases.includes(phase)).length);
    const wanted = {
      size: String(names.size),
      used: inPhase('Held', 'Stranded', 'Releasing'),
      cooling: inPhase('Cooling'),
      retained: inPhase('Retained'),
      quarantined: inPhase('Quarantined'),
      stranded: String(own.filter(({ phase }) => phase === 'Stranded').length),
    };
    const parts = ['used', 'free', 'cooling', 'retained', 'quarantined', 'reserved'];
    const sum = parts.reduce((total, name) => total + Number(row[name] ?? 0), 0);
    if (sum !== names.size) return [`${pool.name}: the uses of ${family} add up to ${sum}`];
    return Object.entries(wanted)
      .filter(([name, value]) => (row[name] ?? '0') !== value)
      .map(([name, value]) => `${pool.name} says ${name} ${row[name]} of ${family}, not ${value}`);
  });
}
