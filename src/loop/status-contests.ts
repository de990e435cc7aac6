import { BoundedMap } from '../kube/bounded-map.ts';
import type { ClusterSnapshot, Ingress, Service } from '../model/objects.ts';
import type { ClusterStatus } from '../status/cluster-status.ts';
import {
  afterLook,
  afterWrite,
  type Contest,
  type IngressVersion,
  isNews,
  writableAtMs,
} from '../status/contest.ts';
import type { EventValue, Regarding } from '../status/events.ts';
import { reason, sentence } from '../tables/reasons.ts';

/** Above the largest number of Services we are made for; the oldest writes are forgotten first. */
const rememberedMax = 20_000;

/** A status without what has to wait, and what is to be told of that. */
export type Admitted = { readonly status: ClusterStatus; readonly told: readonly EventValue[] };

/** Remembers what we wrote to each Service's status, and ends fights over it (X7). */
export class StatusContests {
  readonly #contests = new BoundedMap<Contest>(rememberedMax);

  /** To be called with every ingress the API server took. */
  written(uid: string, written: IngressVersion): void {
    this.#contests.set(uid, afterWrite(this.#contests.get(uid), written));
  }

  /** Leaves out Services that somebody else keeps rewriting, until it is time to try again. */
  admit(status: ClusterStatus, { services, nowMs }: ClusterSnapshot): Admitted {
    const waits = new Map<string, number>();
    const told: EventValue[] = [];
    for (const service of services) {
      const before = this.#known(service);
      if (before === undefined) continue;
      const contest = afterLook(before, service, nowMs);
      if (contest.isUndone) waits.set(service.uid, writableAtMs(contest));
      if (contest === before) continue;
      this.#contests.set(service.uid, contest);
      if (isNews(before, contest)) told.push(contested(service));
    }
    const isWaiting = ({ regarding }: { readonly regarding: Regarding }) =>
      (waits.get(regarding.uid) ?? 0) > nowMs;
    const statuses = status.statuses.filter((write) => !isWaiting(write));
    const wakes = status.statuses
      .filter(isWaiting)
      .map(({ regarding }) => waits.get(regarding.uid) ?? nowMs);
    const wakeAtMs = Math.min(status.wakeAtMs ?? Infinity, ...wakes);
    const next = wakeAtMs === Infinity ? undefined : wakeAtMs;
    return { status: { ...status, statuses, wakeAtMs: next }, told };
  }

  #known(service: Service): Contest | undefined {
    // With the type the API server itself takes the ingress away, which is nobody's doing.
    if (service.type !== 'LoadBalancer') this.#contests.delete(service.uid);
    return this.#contests.get(service.uid);
  }
}

function contested({ namespace, name, uid }: Service): EventValue {
  return {
    regarding: { apiVersion: 'v1', kind: 'Service', namespace, name, uid },
    type: 'Warning',
    reason: 'StatusContested',
    action: 'Publish',
    message: sentence(reason('StatusContested', { service: name, namespace })),
  };
}

/** The ingress inside a status that we write to a Service. */
export function ingressIn(status: Readonly<Record<string, unknown>>): readonly Ingress[] {
  const loadBalancer = status['loadBalancer'] as { ingress?: readonly Ingress[] } | undefined;
  return loadBalancer?.ingress ?? [];
}
