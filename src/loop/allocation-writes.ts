import type { Operation } from '../allocate/operations.ts';
import {
  create,
  patchFinalizers,
  remove,
  replace,
  type Target,
  type WriteOutcome,
} from '../kube/apply.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/kube-error.ts';
import { ownResources } from '../kube/own-resources.ts';
import type { RawObject } from '../kube/raw-object.ts';
import { never } from '../lib/assert.ts';
import type { Logger } from '../observe/log.ts';
import { inParallel } from './in-parallel.ts';
import type { OwnWrites } from './own-writes.ts';

export type AllocationWritesOptions = {
  readonly client: KubeClient;
  readonly written: OwnWrites;
  /** Asked before every write: a leader that has lost its Lease writes nothing more. */
  readonly isLeader: () => boolean;
  /** To be told that a write got no answer: it may have been done, or will be. */
  readonly onNoAnswer: () => void;
  readonly log: Logger;
};

/**
 * Carries out an allocation's operations in their order: kinds one after another, of each kind
 * several at once.
 */
export class AllocationWrites {
  readonly #options: AllocationWritesOptions;
  readonly #vips: Target;
  readonly #instances: Target;

  constructor(options: AllocationWritesOptions) {
    this.#options = options;
    this.#vips = { client: options.client, resource: ownResources.vips };
    this.#instances = { client: options.client, resource: ownResources.vrrpInstances };
  }

  /**
   * False when something was refused: the caller looks again at what is true and decides anew.
   * Later kinds are then left for the next run: an old address must not go before the new one is
   * there.
   */
  async execute(operations: readonly Operation[]): Promise<boolean> {
    let rest = operations;
    while (rest.length > 0) {
      const kind = rest[0]?.kind;
      const end = rest.findIndex((operation) => operation.kind !== kind);
      const turn = end < 0 ? rest : rest.slice(0, end);
      if (!(await this.#turn(turn))) return false;
      rest = rest.slice(turn.length);
    }
    return true;
  }

  #turn(operations: readonly Operation[]): Promise<boolean> {
    return inParallel(operations, async (operation) => {
      if (!this.#options.isLeader()) return false;
      try {
        return await this.#one(operation);
      } catch (failure) {
        if (!isThrottled(failure)) this.#options.onNoAnswer();
        throw failure;
      }
    });
  }

  async #one(operation: Operation): Promise<boolean> {
    const { name } = operation;
    switch (operation.kind) {
      case 'instance-create':
        return this.#stored(
          this.#instances,
          await create(this.#instances, { metadata: { name }, spec: operation.spec }),
        );
      case 'instance-update':
        return this.#stored(this.#instances, await replace(this.#instances, changed(operation)));
      case 'instance-delete':
        return this.#removed(this.#instances, operation, await this.#delete(operation));
      case 'vip-create': {
        const { finalizers, spec } = operation;
        const body = { metadata: { name, finalizers }, spec };
        return this.#stored(this.#vips, await create(this.#vips, body));
      }
      case 'vip-update':
        return this.#stored(this.#vips, await replace(this.#vips, changed(operation)));
      case 'vip-delete':
        return this.#removed(this.#vips, operation, await this.#deleteVip(operation));
      default:
        return never(operation);
    }
  }

  /**
   * The finalizer first, then the object under the version that made: nobody can have taken it in
   * between.
   */
  async #deleteVip(operation: Extract<Operation, { kind: 'vip-delete' }>): Promise<WriteOutcome> {
    const { name, uid, resourceVersion, finalizers } = operation;
    if (finalizers === undefined) return remove(this.#vips, { name }, { uid, resourceVersion });
    const patch = { uid, resourceVersion, finalizers };
    const unlocked = await patchFinalizers(this.#vips, { name }, patch);
    if (unlocked.kind !== 'ok') return unlocked;
    const version = unlocked.object.metadata.resourceVersion ?? '';
    return remove(this.#vips, { name }, { uid, resourceVersion: version });
  }

  #delete({ name, uid, resourceVersion }: Extract<Operation, { kind: 'instance-delete' }>) {
    return remove(this.#instances, { name }, { uid, resourceVersion });
  }

  #refused(name: string, outcome: WriteOutcome): boolean {
    const message = 'message' in outcome ? outcome.message : '';
    this.#options.log.warn('write-refused', { name, why: outcome.kind, message });
    return false;
  }

  #stored({ resource: { kind } }: Target, outcome: WriteOutcome): boolean {
    const { written } = this.#options;
    return (
      (outcome.kind === 'ok' && written.stored(kind, outcome.object)) ||
      this.#refused(kind, outcome)
    );
  }

  #removed(
    { resource: { kind } }: Target,
    of: { readonly name: string; readonly uid: string },
    outcome: WriteOutcome,
  ): boolean {
    if (outcome.kind !== 'ok' && outcome.kind !== 'gone') return this.#refused(of.name, outcome);
    this.#options.written.removed(kind, of);
    return true;
  }
}

/** It was not done, and more questions would make things worse (429). */
function isThrottled(failure: unknown): boolean {
  return failure instanceof KubeError && failure.code === 'TooMany';
}

type Update = Extract<Operation, { kind: 'vip-update' | 'instance-update' }>;

/** A whole replacement under the version that was read (R37). */
function changed(operation: Update): RawObject {
  const { name, uid, resourceVersion, spec } = operation;
  const finalizers = 'finalizers' in operation ? { finalizers: operation.finalizers } : {};
  return { metadata: { name, uid, resourceVersion, ...finalizers }, spec };
}
