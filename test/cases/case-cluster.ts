import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { DesiredPool } from '../../src/desired/desired-node.ts';
import { desiredNode } from '../../src/desired/desired-pools.ts';
import { settle } from '../../src/explain/settle.ts';
import type { Service } from '../../src/model/objects.ts';
import { parseEndpointSlice, parseNode } from '../../src/model/parse-cluster.ts';
import { parsePool } from '../../src/model/parse-pool.ts';
import { parsePolicy, withPolicies } from '../../src/model/policies.ts';
import { zoneLabel } from '../../src/tables/names.ts';
import { aService, aSnapshot } from '../build/cluster.ts';

/** An object as its author writes it. */
export type Manifest = {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
};

/** The objects of a YAML text. */
export function manifestsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    return (document.toJS() as Manifest | null) ?? [];
  });
}

/** What every case has, unless it has an object of the same kind and name itself. */
const common = manifestsOf(readFileSync(join(import.meta.dirname, 'cluster.yaml'), 'utf8'));

/** What a node is configured from. */
const kinds = ['Node', 'VipPool', 'VipPolicy', 'Service', 'EndpointSlice'];

/** The node whose configuration is looked at. */
const node = 'node-1';

/**
 * From objects to what node-1 should serve, by the product's own parsers and decisions: what the
 * API server fills in is filled in, the controller gives addresses and VRRP instances, and the
 * agents do what they are told until nothing changes any more.
 */
export function desiredOf(own: readonly Manifest[]): DesiredPool {
  const stray = own.find(({ kind }) => !kinds.includes(kind));
  if (stray !== undefined) throw new Error(`a case has no use for a ${stray.kind}`);
  const all = new Map([...common, ...own].map((each) => [keyOf(each), each]));
  const parsed = <T>(kind: string, parse: (raw: unknown) => T | undefined): T[] =>
    [...all.values()].filter((each) => each.kind === kind).flatMap((each) => parse(each) ?? []);
  const services = withPolicies(serviceList([...all.values()]), parsed('VipPolicy', parsePolicy));
  const pools = parsed('VipPool', parsePool);
  const nodes = parsed('Node', parseNode);
  const settled = settle(aSnapshot({ nodeCount: nodes.length, nodes, pools, services }));
  if (!settled.isSettled) throw new Error('the cluster of the case does not come to rest');
  const { vips, instances } = settled.snapshot;
  const desired = desiredNode({
    ...{ node, zone: nodes.find(({ name }) => name === node)?.labels[zoneLabel] },
    ...{ pools, services, vips, instances, knownPools: ['edge'] },
    slices: parsed('EndpointSlice', parseEndpointSlice),
  });
  const [pool] = desired.node.pools;
  if (pool === undefined) throw new Error('the case has no pool on node-1');
  return pool;
}

function keyOf({ kind, metadata: { namespace = '', name } }: Manifest): string {
  return `${kind} ${namespace}/${name}`;
}

/** The one written first is the oldest, so it is the first to get an address. */
function serviceList(all: readonly Manifest[]): readonly Service[] {
  const services = all.filter(({ kind }) => kind === 'Service');
  return services.map(({ metadata, spec = {} }, index) => {
    const { namespace, name, annotations = {} } = metadata;
    const families = (spec['ipFamilies'] ?? ['IPv4']) as string[];
    const ageSeconds = 100 - index;
    return aService(`${namespace}/${name}`, { annotations, spec, families, ageSeconds });
  });
}
