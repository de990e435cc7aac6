import type { Resource } from '../kube/api-path.ts';
import { resources } from '../kube/api-path.ts';
import { applyStatus, patchFinalizers, type WriteOutcome } from '../kube/apply.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Recorder } from '../kube/events.ts';
import { ownResources } from '../kube/own-resources.ts';
import type { Logger } from '../observe/log.ts';
import type { ToldStatus } from '../status/cluster-status.ts';
import type { Regarding } from '../status/events.ts';
import type { FinalizerWrite, StatusWrite } from '../status/status-part.ts';
import { fieldManagers } from '../tables/names.ts';
import { inParallel } from './in-parallel.ts';
import type { OwnWrites } from './own-writes.ts';
import { ingressIn, type StatusContests } from './status-contests.ts';

export type StatusWritesOptions = {
  readonly client: KubeClient;
  readonly recorder: Recorder;
  readonly isLeader: () => boolean;
  readonly contests: StatusContests;
  readonly written: OwnWrites;
  readonly log: Logger;
};

/**
 * How each kind is written; a Service's finalizers go through its status too, so that `services` is
 * never written (R88).
 */
const kinds: Readonly<Record<string, { resource: Resource; manager: string }>> = {
  Service: { resource: resources.services, manager: fieldManagers.serviceStatus },
  VipPool: { resource: ownResources.vipPools, manager: fieldManagers.poolStatus },
  Vip: { resource: ownResources.vips, manager: fieldManagers.vipStatus },
  VrrpInstance: { resource: ownResources.vrrpInstances, manager: fieldManagers.instanceStatus },
};

/**
 * Writes what people and other programs see: finalizers, statuses, and the events that tell of
 * them.
 */
export class StatusWrites {
  readonly #options: StatusWritesOptions;

  constructor(options: StatusWritesOptions) {
    this.#options = options;
  }

  /**
   * Finalizers, before anything is allocated to those who get them (R6). False when one was
   * refused.
   */
  async finalizers(writes: readonly FinalizerWrite[]): Promise<boolean> {
    return inParallel(writes, (write) => this.#finalizers(write));
  }

  /** Statuses, each with its events once it is written. False when one was refused. */
  async statuses(writes: readonly ToldStatus[]): Promise<boolean> {
    return inParallel(writes, (write) => this.#status(write));
  }

  async #finalizers(write: FinalizerWrite): Promise<boolean> {
    const { client, isLeader, written } = this.#options;
    const { regarding, finalizers } = write;
    if (!isLeader()) return false;
    const { kind, name, namespace, uid } = regarding;
    const ref = kind === 'Service' ? { namespace, name, subresource: 'status' as const } : { name };
    const target = { client, resource: kindOf(regarding).resource };
    const patch = { uid, resourceVersion: written.versionOf(write), finalizers };
    const outcome = await patchFinalizers(target, ref, patch);
    return this.#accepted(regarding, outcome);
  }

  async #status(write: ToldStatus): Promise<boolean> {
    const { client, recorder, isLeader, written } = this.#options;
    if (!isLeader()) return false;
    const { regarding, status, events } = write;
    const { name, namespace, uid } = regarding;
    const { resource, manager } = kindOf(regarding);
    const metadata = { name, ...(namespace !== undefined && { namespace }) };
    const options = { fieldManager: manager, uid, resourceVersion: written.versionOf(write) };
    const outcome = await applyStatus({ client, resource }, { metadata, status }, options);
    if (!this.#accepted(regarding, outcome)) return false;
    this.#contested(regarding, status, outcome);
    for (const event of events) recorder.record(event);
    return true;
  }

  #contested({ kind, uid }: Regarding, status: StatusWrite['status'], outcome: WriteOutcome): void {
    if (kind !== 'Service' || outcome.kind !== 'ok') return;
    const { resourceVersion = '' } = outcome.object.metadata;
    this.#options.contests.written(uid, { ingress: ingressIn(status), resourceVersion });
  }

  /** Gone is as good as written (R7); a refusal is looked at again with what is true then (R26). */
  #accepted({ kind, namespace, name }: Regarding, outcome: WriteOutcome): boolean {
    if (outcome.kind === 'ok') this.#options.written.stored(kind, outcome.object);
    if (outcome.kind === 'ok' || outcome.kind === 'gone') return true;
    const { message } = outcome;
    // Somebody else was faster: that is everyday, and the next run decides anew.
    const level = outcome.kind === 'conflict' ? 'info' : 'warn';
    const why = outcome.kind;
    this.#options.log[level]('write-refused', { kind, namespace, name, why, message });
    return false;
  }
}

function kindOf(regarding: Regarding): { resource: Resource; manager: string } {
  const kind = kinds[regarding.kind];
  if (kind === undefined) throw new Error(`${regarding.kind} has no status of ours`);
  return kind;
}
