/**
 * Leader election by a coordination.k8s.io/v1 Lease.
 *
 *   candidate ──(free, or stood still for its duration)──▶ leader ──(no renewal in time)──▶ lost
 *       └───────────────────────── stop ─────────────────────┴──── stop: released ──▶ stopped
 *
 * `lost` and `stopped` are final: a process that lost starts anew, it does not go on with what it
 * believed. Elections have no fencing: a write sent before the loss may land after it. That is why
 * addresses and VRIDs are locked by creating objects named after them.
 */
import { assert } from '../lib/assert.ts';
import { apiPath, resources } from './api-path.ts';
import { create, replace, type Target, type WriteOutcome } from './apply.ts';
import type { KubeClient } from './client.ts';
import { type Clock, pause, type Surroundings, systemClock } from './clock.ts';
import { KubeError } from './kube-error.ts';
import { isFree, type LeaseSighting, leaseRecordOf, sighted } from './lease-record.ts';
import { microTime } from './micro-time.ts';
import { isRawObject, type RawObject } from './raw-object.ts';

export type ElectionOptions = Surroundings & {
  /** For this alone: a stuck stream of another client must not block renewals. */
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Unique per process, e.g. pod name and a random suffix. */
  readonly identity: string;
  readonly onGained: () => void;
  /** Stop writing now. Called once; the process should end. */
  readonly onLost: (reason: string) => void;
  readonly onFailure?: (error: KubeError) => void;
  /** Must be leaseMs > renewDeadlineMs > retryMs × 1.2 (R84). Whole seconds for leaseMs. */
  readonly timing?: ElectionTiming;
};

export type ElectionTiming = {
  readonly leaseMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
};

export type ElectionState =
  | { readonly kind: 'candidate'; readonly holder: string | undefined }
  | { readonly kind: 'leader' }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'stopped' };

export type Election = {
  /** Ask before every write: false once the deadline has passed, even in a stalled process. */
  readonly isLeader: () => boolean;
  readonly state: () => ElectionState;
  /** Stop writing first. Releases the Lease, so that another candidate takes over at once. */
  readonly stop: () => Promise<void>;
};

/** client-go's defaults. */
const timingDefault: ElectionTiming = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };
/** Candidates do not ask in step. */
const retryJitter = 0.2;
/** A process that ends waits no longer than this for its release to be written. */
const releaseTimeoutMs = 3_000;
/** The second, where a renewal on its way was faster than the first. */
const releaseAttemptsMax = 2;

/** Becomes a candidate at once. */
export function startElection(options: ElectionOptions): Election {
  const loop = new ElectionLoop(options);
  const ended = loop.run();
  return {
    isLeader: () => loop.isLeader(),
    state: () => loop.state,
    stop: () => loop.stop(ended),
  };
}

class ElectionLoop {
  state: ElectionState = { kind: 'candidate', holder: undefined };
  readonly #options: ElectionOptions;
  readonly #timing: ElectionTiming;
  readonly #clock: Clock;
  readonly #target: Target;
  readonly #abort = new AbortController();
  #lease: RawObject | undefined;
  #sighting: LeaseSighting | undefined;
  /** When the last successful renewal was SENT: others count from when they see it, later. */
  #renewedMs = Number.NEGATIVE_INFINITY;
  #cancelDeadline: () => void = () => undefined;
  /** A write was sent: the Lease may be ours even if no answer came. */
  #mayHold = false;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#timing = options.timing ?? timingDefault;
    this.#clock = options.clock ?? systemClock;
    this.#target = { client: options.client, resource: resources.leases };
    const { leaseMs, renewDeadlineMs, retryMs } = this.#timing;
    const isOrdered = leaseMs > renewDeadlineMs && renewDeadlineMs > retryMs * (1 + retryJitter);
    assert(isOrdered, 'leaseMs > renewDeadlineMs > retryMs × 1.2', this.#timing);
    assert(leaseMs % 1000 === 0, 'a Lease counts whole seconds', { leaseMs });
  }

  isLeader(): boolean {
    return this.state.kind === 'leader' && !this.#isOverdue();
  }

  async run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      await this.#attempt();
      const jitter = 1 + retryJitter * (this.#options.random ?? Math.random)();
      await pause(this.#clock, this.#timing.retryMs * jitter, this.#abort.signal);
    }
  }

  async stop(ended: Promise<void>): Promise<void> {
    if (this.state.kind !== 'lost') this.state = { kind: 'stopped' };
    this.#cancelDeadline();
    this.#abort.abort();
    await ended;
    if (!this.#mayHold || this.state.kind === 'lost') return;
    try {
      await this.#release();
    } catch (error) {
      // Not released: the next leader waits for the Lease to expire, no more.
      if (!(error instanceof KubeError)) throw error;
      this.#options.onFailure?.(error);
    }
  }

  async #attempt(): Promise<void> {
    // After a stall of the event loop this may run before the deadline's own timer.
    if (this.state.kind === 'leader' && this.#isOverdue()) return this.#lose('no renewal in time');
    try {
      if (this.state.kind === 'leader') await this.#renew();
      else await this.#campaign();
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      // Whether a failed write arrived is unknown: look before the next one.
      this.#lease = undefined;
      if (error.code !== 'Aborted') this.#options.onFailure?.(error);
    }
  }

  async #campaign(): Promise<void> {
    const lease = await this.#read(this.#bounded());
    if (lease === undefined) {
      await this.#write(undefined);
      return;
    }
    const nowMs = this.#clock.nowMs();
    this.#sighting = sighted(this.#sighting, leaseRecordOf(lease), nowMs);
    this.state = { kind: 'candidate', holder: this.#sighting.record.holder };
    if (isFree(this.#sighting, this.#options.identity, nowMs)) await this.#write(lease);
  }

  async #renew(): Promise<void> {
    const lease = this.#lease ?? (await this.#read(this.#bounded()));
    if (lease === undefined) return this.#lose('the Lease was deleted');
    const { holder } = leaseRecordOf(lease);
    if (holder !== this.#options.identity) return this.#lose(`held by '${holder}'`);
    await this.#write(lease);
  }

  async #write(old: RawObject | undefined): Promise<void> {
    const sentMs = this.#clock.nowMs();
    const body = this.#claim(old);
    this.#mayHold = true;
    const outcome = await (old === undefined
      ? create({ ...this.#target, client: this.#bounded() }, body)
      : replace({ ...this.#target, client: this.#bounded() }, body));
    this.#written(outcome, sentMs);
  }

  #written(outcome: WriteOutcome, sentMs: number): void {
    if (outcome.kind !== 'ok') {
      this.#lease = undefined;
      if (outcome.kind === 'conflict') return;
      const message = outcome.kind === 'gone' ? 'no such namespace or Lease' : outcome.message;
      throw new KubeError({ code: 'Invalid', message });
    }
    this.#lease = outcome.object;
    this.#renewedMs = sentMs;
    if (this.#abort.signal.aborted || this.state.kind === 'lost') return;
    if (this.#isOverdue()) {
      // The answer took so long that others may already count the record as expired.
      if (this.state.kind === 'leader') this.#lose('the renewal was answered too late');
      return;
    }
    this.#armDeadline();
    if (this.state.kind === 'leader') return;
    this.state = { kind: 'leader' };
    this.#options.onGained();
  }

  #claim(old: RawObject | undefined): RawObject {
    const { identity, namespace, name } = this.#options;
    const now = microTime(this.#clock.wallMs());
    const before = old === undefined ? undefined : leaseRecordOf(old);
    const isRenewal = before?.holder === identity;
    const spec = (old?.['spec'] ?? {}) as Readonly<Record<string, unknown>>;
    return {
      metadata: old?.metadata ?? { name, namespace },
      spec: {
        ...spec,
        holderIdentity: identity,
        leaseDurationSeconds: this.#timing.leaseMs / 1000,
        acquireTime: isRenewal ? (spec['acquireTime'] ?? now) : now,
        renewTime: now,
        leaseTransitions: (before?.transitions ?? 0) + (isRenewal || before === undefined ? 0 : 1),
      },
    };
  }

  async #release(): Promise<void> {
    const { identity, client } = this.#options;
    const limit = { timeoutMs: releaseTimeoutMs / releaseAttemptsMax };
    const bounded = { ...client, request: withTimeout(client, limit) };
    for (let attempt = 0; attempt < releaseAttemptsMax; attempt += 1) {
      // Read again: a renewal that was cut off may have arrived.
      const lease = await this.#read(bounded);
      if (lease === undefined || leaseRecordOf(lease).holder !== identity) return;
      const body = releasedLease(lease, this.#clock.wallMs());
      const outcome = await replace({ ...this.#target, client: bounded }, body);
      if (outcome.kind !== 'conflict') return;
    }
  }

  async #read(client: KubeClient): Promise<RawObject | undefined> {
    const { namespace, name } = this.#options;
    try {
      const lease = await client.request({ path: apiPath(resources.leases, { namespace, name }) });
      return isRawObject(lease) ? lease : undefined;
    } catch (error) {
      if (error instanceof KubeError && error.code === 'NotFound') return undefined;
      throw error;
    }
  }

  /** One attempt may take half the deadline: a hanging server leaves time for a second one. */
  #bounded(): KubeClient {
    const { client } = this.#options;
    const timeoutMs = this.#timing.renewDeadlineMs / 2;
    return { ...client, request: withTimeout(client, { timeoutMs, signal: this.#abort.signal }) };
  }

  #armDeadline(): void {
    this.#cancelDeadline();
    const leftMs = this.#renewedMs + this.#timing.renewDeadlineMs - this.#clock.nowMs();
    this.#cancelDeadline = this.#clock.after(leftMs, () => this.#lose('no renewal in time'));
  }

  #isOverdue(): boolean {
    return this.#clock.nowMs() - this.#renewedMs >= this.#timing.renewDeadlineMs;
  }

  #lose(reason: string): void {
    if (this.state.kind !== 'leader') return;
    this.state = { kind: 'lost', reason };
    this.#cancelDeadline();
    this.#abort.abort();
    this.#options.onLost(reason);
  }
}

function releasedLease(lease: RawObject, wallMs: number): RawObject {
  const spec = (lease['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  // The API server refuses a duration of 0.
  const released = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(wallMs) };
  return { metadata: lease.metadata, spec: { ...spec, ...released } };
}

function withTimeout(
  client: KubeClient,
  limit: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): KubeClient['request'] {
  return (request) => client.request({ ...request, ...limit });
}
