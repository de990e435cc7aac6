import type { Allocation } from '../allocate/allocate.ts';
import { byEach, byText, grouped, indexed } from '../lib/order.ts';
import { clusterView } from '../model/cluster-view.ts';
import type { ClusterSnapshot, Service } from '../model/objects.ts';
import { byHolder } from '../model/vip-holders.ts';
import { instanceDigests } from '../model/vips-digest.ts';
import type { Reason } from '../tables/reasons.ts';
import { complaintsByService } from './complaints.ts';
import type { EventValue, Regarding } from './events.ts';
import { instanceStates } from './instance-states.ts';
import { instanceStatus } from './instance-status.ts';
import { poolStatus } from './pool-status.ts';
import { serviceStatus } from './service-status.ts';
import type { FinalizerWrite, Part, StatusWrite } from './status-part.ts';
import { vipStatus } from './vip-status.ts';

/**
 * Everything there is to say after a run. All lists are sorted; all are empty when nothing changed
 * (R17).
 */
export type ClusterStatus = {
  /** Finalizers go first: nothing is allocated before they stand (R6). */
  readonly finalizers: readonly FinalizerWrite[];
  readonly statuses: readonly ToldStatus[];
  /** When an address becomes publishable by time alone. */
  readonly wakeAtMs: number | undefined;
};

/** A status, with the events to record once it is written. */
export type ToldStatus = StatusWrite & { readonly events: readonly EventValue[] };

/**
 * Says of every Service, pool, Vip and instance what the snapshot and the allocation make of it.
 */
export function clusterStatus(snapshot: ClusterSnapshot, allocation: Allocation): ClusterStatus {
  const view = clusterView(snapshot);
  const instances = indexed(snapshot.instances, ({ name }) => name);
  const digests = instanceDigests(snapshot.vips);
  const vipsOfHolder = byHolder(snapshot.vips);
  const vipsOfPool = grouped(snapshot.vips, (vip) => vip.pool);
  const states = instanceStates(view, instances, digests);
  const complaints = complaintsByService(view, snapshot.services);
  const services = { snapshot, allocation, vipsOfHolder, states, complaints };
  const classlessServices = countClassless(snapshot);
  const refusals = refusalsOf(allocation);
  const pools = { snapshot, view, allocation, refusals, vipsOfPool, classlessServices };
  return collected([
    ...snapshot.services.map((service) => serviceStatus(services, service)),
    ...allocation.spaces.map((space) => poolStatus(pools, space)),
    ...snapshot.instances.map((instance) => instanceStatus(view, instance)),
    ...snapshot.vips.map((vip) => vipStatus({ nowMs: snapshot.nowMs, states }, vip)),
  ]);
}

/**
 * LoadBalancer Services of no class that nobody has given an address (design.md section 1, default
 * class).
 */
function countClassless({ services, isDefaultClass }: ClusterSnapshot): number {
  const isUnserved = (service: Service) =>
    service.type === 'LoadBalancer' &&
    service.loadBalancerClass === undefined &&
    service.ingress.length === 0;
  return isDefaultClass ? 0 : services.filter(isUnserved).length;
}

function refusalsOf({ outcomes }: Allocation): readonly Reason[] {
  const reasons: Reason[] = [];
  for (const outcome of outcomes.values()) {
    if (outcome.kind === 'refused') reasons.push(outcome.reason);
  }
  return reasons;
}

function collected(parts: readonly Part[]): ClusterStatus {
  const finalizers: FinalizerWrite[] = [];
  const statuses: ToldStatus[] = [];
  let wakeAtMs = Infinity;
  for (const part of parts) {
    if (part.finalizers !== undefined) finalizers.push(part.finalizers);
    if (part.write !== undefined) statuses.push({ ...part.write, events: part.events });
    wakeAtMs = Math.min(wakeAtMs, part.wakeAtMs ?? Infinity);
  }
  return {
    finalizers: finalizers.toSorted(byRegarding),
    statuses: statuses.toSorted(byRegarding),
    wakeAtMs: wakeAtMs === Infinity ? undefined : wakeAtMs,
  };
}

const byRegarding = byEach<{ readonly regarding: Regarding }>(
  (a, b) => byText(a.regarding.kind, b.regarding.kind),
  (a, b) => byText(a.regarding.namespace ?? '', b.regarding.namespace ?? ''),
  (a, b) => byText(a.regarding.name, b.regarding.name),
);
