import { isOurs } from '../allocate/claims.ts';
import { poolSpaces } from '../allocate/pool-space.ts';
import { by, byEach, byNumber, byText } from '../lib/order.ts';
import type { Service } from '../model/objects.ts';
import { serviceConditions } from '../tables/names.ts';
import type { Finding, Told } from './finding.ts';
import {
  instanceFindings,
  kernelFindings,
  leaderFindings,
  nodeFindings,
  poolFindings,
  vipFindings,
} from './findings.ts';
import { type InstanceRow, instanceRows } from './instance-rows.ts';
import { type Leader, leaderOf } from './leader.ts';
import { type NodeRow, nodeRows } from './node-rows.ts';
import type { Picture } from './picture.ts';
import { type PoolRow, poolRows } from './pool-rows.ts';
import { serviceFindings } from './service-findings.ts';
import { type VipRow, vipRows } from './vip-rows.ts';

/** What `status` tells: plain JSON, the documented shape of `-o json`. */
export type StatusReport = {
  readonly kind: 'StatusReport';
  /** The namespace it is limited to; `null` = all. */
  readonly namespace: string | null;
  /** No problem was found; notes do not count. */
  readonly healthy: boolean;
  /** Problems first, then notes; in each, the causes before what follows from them. */
  readonly findings: readonly Finding[];
  readonly controller: Leader | null;
  readonly pools: readonly PoolRow[];
  readonly vips: readonly VipRow[];
  readonly instances: readonly InstanceRow[];
  readonly nodes: readonly NodeRow[];
  readonly services: ServiceCounts;
  /** What could not be read, and the right that is missing. */
  readonly unread: readonly string[];
};

/** Our Services: how many there are, and those without an address. */
export type ServiceCounts = {
  readonly total: number;
  /** Those whose addresses answer. */
  readonly answering: number;
  readonly waiting: readonly (Told & { readonly service: string })[];
};

/** Tells how everything is, or everything that concerns one namespace. */
export function statusReport(picture: Picture, namespace: string | null): StatusReport {
  const { now, unread, snapshot } = picture;
  const isInside = (of: { readonly namespace: string }) =>
    namespace === null || of.namespace === namespace;
  const services = now.services
    .filter((service) => isOurs(service, snapshot.isDefaultClass) && isInside(service))
    .toSorted(by((service) => `${service.namespace}/${service.name}`));
  const ofNamespace = now.vips.filter(
    ({ holders }) => namespace === null || holders.some(isInside),
  );
  const carrying = new Set(ofNamespace.map(({ instance }) => instance));
  const index = { spaceOf: new Map(poolSpaces(now.pools).map((s) => [s.pool.name, s])) };
  const rows = {
    pools: poolRows(picture),
    vips: vipRows(index, ofNamespace),
    instances: instanceRows(
      picture,
      now.instances.filter(({ name }) => namespace === null || carrying.has(name)),
    ),
    nodes: nodeRows(picture),
  };
  const findings = [
    ...leaderFindings(picture),
    ...nodeFindings(picture, rows.nodes),
    ...kernelFindings(rows.nodes),
    ...instanceFindings(picture, rows.instances),
    ...poolFindings(picture, rows.pools),
    ...vipFindings(rows.vips),
    ...services.flatMap((service) => serviceFindings(picture, service)),
  ].toSorted(problemsFirst);
  return {
    ...{ kind: 'StatusReport', namespace, findings },
    healthy: findings.every(({ severity }) => severity === 'note'),
    controller: leaderOf(picture) ?? null,
    ...rows,
    services: countsOf(services),
    unread: unread.map(({ sentence }) => sentence),
  };
}

const problemsFirst = byEach<Finding>(byNumber(({ severity }) => (severity === 'problem' ? 0 : 1)));

function countsOf(services: readonly Service[]): ServiceCounts {
  const conditionOf = ({ conditions }: Service, type: string) =>
    conditions.find((condition) => condition.type === type);
  const answering = services.filter(
    (service) => conditionOf(service, serviceConditions.programmed)?.status === 'True',
  );
  const waiting = services.flatMap((service) => {
    const allocated = conditionOf(service, serviceConditions.allocated);
    if (service.deleting || allocated?.status !== 'False') return [];
    const { reason: code, message: sentence } = allocated;
    return [{ service: `${service.namespace}/${service.name}`, code, sentence }];
  });
  return {
    total: services.length,
    answering: answering.length,
    waiting: waiting.toSorted((a, b) => byText(a.service, b.service)),
  };
}
