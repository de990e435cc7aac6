import { decided } from '../allocate/allocate.ts';
import { isOurs, isPrepared } from '../allocate/claims.ts';
import type { Draft } from '../allocate/draft.ts';
import { poolSpaces } from '../allocate/pool-space.ts';
import { familiesOf, parseRequest } from '../allocate/requests.ts';
import type { EndpointSlice, Node, Service, Vip } from '../model/objects.ts';
import { addressSettings } from '../model/parse-annotations.ts';
import { formatAddress } from '../net/format-address.ts';
import { zoneLabel } from '../tables/names.ts';
import { type ConditionRow, conditionRows } from './condition-rows.ts';
import { type Told, tell } from './finding.ts';
import { type Frontends, frontendsOf } from './frontend-rows.ts';
import { type InstanceRow, instanceRows } from './instance-rows.ts';
import type { Picture } from './picture.ts';
import { type PoolVerdict, poolVerdicts } from './pool-verdicts.ts';
import { type Complaint, complaintsOf } from './service-complaints.ts';
import { type Verdict, verdictOf } from './service-verdict.ts';
import { type VipRow, vipRows } from './vip-rows.ts';

/** What `explain service/NAME` tells: plain JSON, the documented shape of `-o json`. */
export type ServiceReport = Frontends & {
  readonly kind: 'ServiceReport';
  /** `namespace/name`. */
  readonly service: string;
  /** What it comes to, in one code and sentence. */
  readonly verdict: Verdict;
  readonly type: string;
  readonly class: string | null;
  /** Whether Fairlead serves it: by type and class. */
  readonly ours: boolean;
  readonly families: readonly string[];
  readonly familyPolicy: string;
  /** `80/TCP`. */
  readonly ports: readonly string[];
  readonly finalizers: readonly string[];
  /** Nothing is allocated before Fairlead's finalizer stands. */
  readonly prepared: boolean;
  readonly request: RequestRow;
  /** Every pool in the order it is looked at; empty where that could not be decided. */
  readonly pools: readonly PoolVerdict[];
  readonly vips: readonly VipRow[];
  readonly instances: readonly InstanceRow[];
  /** What nodes report against it. */
  readonly complaints: readonly Complaint[];
  /** `status.loadBalancer` as it is stored. */
  readonly published: readonly PublishedRow[];
  readonly conditions: readonly ConditionRow[];
  readonly unread: readonly string[];
};

/** What its owner asks for. */
export type RequestRow = {
  readonly pool: string | null;
  readonly addresses: readonly string[];
  readonly sharingKey: string | null;
  readonly retainSeconds: number;
  /** Stranded addresses it wants to leave. */
  readonly reassign: readonly string[];
  /** What of it could not be read. */
  readonly problems: readonly Told[];
};

/** One address of `status.loadBalancer.ingress`. */
export type PublishedRow = {
  readonly address: string;
  readonly ipMode: string | null;
  /** `53/UDP fairlead.dev/ProtocolUnsupported`. */
  readonly errors: readonly string[];
};

/** Tells the whole path of one Service. `slices` are its EndpointSlices, if they could be read. */
export function serviceReport(
  picture: Picture,
  asked: Service,
  slices: readonly EndpointSlice[] | undefined,
): ServiceReport {
  const { now, snapshot, unread } = picture;
  const service = now.services.find(({ uid }) => uid === asked.uid) ?? asked;
  const vips = now.vips.filter(({ holders }) => holders.some(({ uid }) => uid === service.uid));
  const carrying = new Set(vips.map(({ instance }) => instance));
  const vipNames = new Set(now.vips.map(({ name }) => name));
  const { pools } = now;
  const of = { vips, pools, vipNames, zones: zonesOf(now.nodes) };
  const frontends = slices === undefined ? noFrontends : frontendsOf(service, { ...of, slices });
  return {
    ...{ kind: 'ServiceReport', service: `${service.namespace}/${service.name}` },
    verdict: verdictOf(picture, service, { vips, frontends: frontends.frontends }),
    ...described(service),
    ours: isOurs(service, snapshot.isDefaultClass),
    request: requestRow(service),
    pools: picture.allocation === undefined ? [] : poolsOf(picture, service),
    vips: vipRowsOf(picture, vips),
    instances: instanceRows(
      picture,
      now.instances.filter(({ name }) => carrying.has(name)),
    ),
    ...frontends,
    complaints: complaintsOf(picture, service),
    published: publishedRows(asked),
    conditions: conditionRows(service, asked),
    unread: unread.map(({ sentence }) => sentence),
  };
}

function zonesOf(nodes: readonly Node[]): ReadonlyMap<string, string> {
  return new Map(
    nodes.flatMap(({ name, labels }): [string, string][] => {
      const zone = labels[zoneLabel];
      return zone === undefined ? [] : [[name, zone]];
    }),
  );
}

const noFrontends: Frontends = { frontends: [], dropped: [] };

function described(service: Service) {
  return {
    type: service.type,
    class: service.loadBalancerClass ?? null,
    families: familiesOf(service),
    familyPolicy: service.familyPolicy,
    ports: service.ports.map(({ port, protocol }) => `${port}/${protocol}`),
    finalizers: service.finalizers,
    prepared: isPrepared(service),
  };
}

function requestRow(service: Service): RequestRow {
  const request = parseRequest(service);
  const settings = addressSettings(service);
  const refusal = request.ok ? [] : [request.problem];
  return {
    pool: (request.ok ? request.value.pool : undefined) ?? null,
    addresses: request.ok ? request.value.addresses.map(formatAddress) : [],
    sharingKey: settings.sharingKey ?? null,
    retainSeconds: settings.retainSeconds,
    reassign: settings.reassign.map(formatAddress),
    problems: [...refusal, ...settings.problems].map(tell),
  };
}

function poolsOf(picture: Picture, service: Service): readonly PoolVerdict[] {
  if (!isOurs(service, picture.snapshot.isDefaultClass)) return [];
  const draft: Draft = decided(picture.snapshot);
  const namespace = draft.namespaces.get(service.namespace);
  const asking = { service, namespace, spaces: draft.spaces };
  return poolVerdicts({ draft, asking, outcome: draft.outcomes.get(service.uid) });
}

function vipRowsOf({ now }: Picture, vips: readonly Vip[]): readonly VipRow[] {
  const spaceOf = new Map(poolSpaces(now.pools).map((space) => [space.pool.name, space]));
  return vipRows({ spaceOf }, vips);
}

/** As it is stored, not as it would be: this is what clients and other programs see. */
function publishedRows({ ingress }: Service): readonly PublishedRow[] {
  return ingress.map(({ ip, ipMode, ports }) => ({
    address: ip,
    ipMode: ipMode ?? null,
    errors: ports.flatMap(({ port, protocol, error }) =>
      error === undefined ? [] : [`${port}/${protocol} ${error}`],
    ),
  }));
}
