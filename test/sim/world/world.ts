import type { LogData } from '../../../src/observe/log.ts';
import { Random } from '../../run/random.ts';
import type { Answer } from '../server/answer.ts';
import type { ApiObject } from '../server/api-object.ts';
import { ModelApiServer } from '../server/api-server.ts';
import type { Change } from '../server/store.ts';
import { startWallMs } from './machine.ts';
import { Network } from './network.ts';
import { Scheduler } from './scheduler.ts';
import { Trace } from './trace.ts';

/** Method, path and body of what somebody asks the API server for. */
type Call = readonly [method: string, path: string, body?: unknown];

/** Everything outside the processes under test. */
export class World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly server: ModelApiServer;
  readonly network: Network;
  readonly trace: Trace;
  /** The first thing that must not be. */
  failure: string | undefined;
  /** A machine's clock jumped. */
  onClockJump: () => void = () => undefined;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.scheduler = new Scheduler(this.random.fork());
    this.trace = new Trace(() => this.scheduler.nowMs);
    this.server = new ModelApiServer(() => this.wallMs);
    this.server.store.onChange((change) => this.#traced(change));
    this.network = new Network(this.server, this.scheduler, this.random.fork());
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  /** The true time of day. */
  get wallMs(): number {
    return Math.floor(startWallMs + this.scheduler.nowMs);
  }

  after(delayMs: number, action: () => void): void {
    this.scheduler.at(this.scheduler.nowMs + delayMs, action);
  }

  /** Something must not be: the simulation stops after this step. */
  fail(why: string): void {
    this.failure ??= why;
  }

  /** What somebody does with kubectl, at once. */
  call(by: string, [method, path, body]: Call): Answer {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return this.server.handle({ by, method, path, body, contentType });
  }

  list(plural: string): readonly ApiObject[] {
    return this.server.store.list(plural);
  }

  #traced({ by, type, plural, key, revision, object }: Change): void {
    if (plural === 'leases') return;
    const { spec, status } = object as { spec?: unknown; status?: unknown };
    const shown = plural === 'vips' ? spec : plural === 'services' ? status : undefined;
    this.trace.say(by, `${type} ${plural} ${key} @${revision}`, shown as LogData | undefined);
  }
}
