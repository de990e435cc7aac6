import { Agents } from './actors/agents.ts';
import { Chaos } from './actors/chaos.ts';
import { DataPlane } from './actors/data-plane.ts';
import { Kubelets } from './actors/kubelets.ts';
import { paths } from './actors/paths.ts';
import { Platform } from './actors/platform.ts';
import { Users } from './actors/users.ts';
import { problemsAtRest } from './claims/at-rest.ts';
import { History } from './claims/history.ts';
import { PodRemovals } from './claims/pod-removals.ts';
import { Publications } from './claims/publications.ts';
import { VipTransitions } from './claims/vip-transitions.ts';
import { Controllers } from './world/controllers.ts';
import { World } from './world/world.ts';

const replicas = 2;
const nodeCount = 4;

/** Between two things that people do, and two that break, at most. */
const userPauseMs = 6_000;
const platformPauseMs = 20_000;
const chaosPauseMs = 15_000;

/** How long a storm lasts, in steps. */
const stormSteps = { min: 500, max: 3_000 };

/**
 * After the last write everything counts as at rest: longer than a list that gets no answer, the
 * longest back-off after it, and a re-sync, thirty seconds each.
 */
const quietMs = 150_000;
/** What has not come to rest by then never will: ten times the longest wait of anything. */
const restMsMax = 1_800_000;

/** How a run ended. */
export type Verdict = {
  readonly seed: number;
  readonly steps: number;
  /** Times at which everything had come to rest and was looked at. */
  readonly rests: number;
  readonly simulatedMs: number;
  readonly fingerprint: string;
  /** What was found, with what led to it; undefined: nothing. */
  readonly failure: { readonly why: string; readonly trace: string } | undefined;
};

/** One world with its people, its faults and its controllers, from one seed. */
export class Simulation {
  readonly #seed: number;
  /** For looking at it afterwards. */
  readonly world: World;
  readonly #controllers: Controllers;
  readonly #users: Users;
  readonly #platform: Platform;
  readonly #chaos: Chaos;
  readonly #dataPlane: DataPlane;
  readonly #history: History;
  #isStormy = false;
  #writtenMs = 0;
  #rests = 0;

  constructor(seed: number) {
    this.#seed = seed;
    const world = new World(seed);
    this.world = world;
    const dataPlane = new DataPlane();
    this.#dataPlane = dataPlane;
    this.#history = new History(world);
    const transitions = new VipTransitions(world, dataPlane, this.#history);
    const publications = new Publications(world, dataPlane, this.#history);
    const removals = new PodRemovals(world);
    world.server.store.onChange((change) => {
      this.#history.note(change);
      if (isControllersWrite(change)) this.#history.noteLeaders(this.#controllers.leaders);
      transitions.check(change);
      publications.check(change);
      removals.check(change);
      if (isControllersWrite(change)) this.#writtenMs = world.nowMs;
    });
    this.#users = new Users(world);
    this.#platform = new Platform(world);
    this.#platform.prepare();
    for (let index = 1; index <= nodeCount; index += 1) {
      const name = `node-${index}`;
      dataPlane.add(name, index);
      const metadata = { name, labels: { zone: index % 2 === 0 ? 'east' : 'west' } };
      world.call('kubelet', ['POST', paths.node(), { metadata, spec: {} }]);
    }
    const agents = new Agents(world, dataPlane);
    const kubelets = new Kubelets(world, dataPlane);
    this.#controllers = new Controllers(world, replicas);
    const controllers = this.#controllers;
    this.#chaos = new Chaos({ world, controllers, dataPlane, kubelets, agents });
    this.#every(userPauseMs, () => this.#users.act());
    this.#every(platformPauseMs, () => this.#platform.act());
    this.#every(chaosPauseMs, () => this.#chaos.act());
  }

  /** Storm and rest in turn, until so many steps are done or something is found. */
  async run(steps: number): Promise<Verdict> {
    const { scheduler } = this.world;
    while (scheduler.steps < steps && this.world.failure === undefined) {
      await this.#storm(steps);
      await this.#rest();
    }
    return this.#verdict();
  }

  async #storm(stepsMax: number): Promise<void> {
    const { scheduler, random } = this.world;
    this.#isStormy = true;
    this.#chaos.begin();
    const { min, max } = stormSteps;
    const end = Math.min(scheduler.steps + min + random.below(max - min), stepsMax);
    while (scheduler.steps < end && (await this.#step()));
    this.#isStormy = false;
  }

  async #rest(): Promise<void> {
    if (this.world.failure !== undefined) return;
    this.#chaos.end();
    const startMs = this.world.nowMs;
    this.#writtenMs = startMs;
    this.world.trace.say('simulation', 'faults are off');
    while (this.world.nowMs < this.#writtenMs + quietMs && (await this.#step())) {
      if (this.world.nowMs < startMs + restMsMax) continue;
      this.world.fail('it does not come to rest');
    }
    if (this.world.failure !== undefined) return;
    this.#rests += 1;
    this.#history.rest();
    const [problem] = [...problemsAtRest(this.world, this.#dataPlane), ...this.#leaderProblems()];
    if (problem !== undefined) this.world.fail(problem);
  }

  #leaderProblems(): string[] {
    const { leaders } = this.#controllers;
    return leaders.length === 1 ? [] : [`at rest the leaders are ${leaders.join(', ') || 'none'}`];
  }

  async #step(): Promise<boolean> {
    const goesOn = await this.world.scheduler.next();
    return goesOn && this.world.failure === undefined;
  }

  /** People and faults come at random times, while the storm lasts. */
  #every(pauseMsMax: number, action: () => void): void {
    this.world.after(this.world.random.next() * pauseMsMax, () => {
      if (this.#isStormy) action();
      this.#every(pauseMsMax, action);
    });
  }

  #verdict(): Verdict {
    const { scheduler, trace, failure, nowMs } = this.world;
    return {
      seed: this.#seed,
      steps: scheduler.steps,
      rests: this.#rests,
      simulatedMs: nowMs,
      fingerprint: trace.fingerprint(),
      failure: failure === undefined ? undefined : { why: failure, trace: trace.text() },
    };
  }
}

/** Leases and events go on for ever. */
function isControllersWrite({ by, plural }: { by: string; plural: string }): boolean {
  return by.startsWith('controller-') && plural !== 'leases' && plural !== 'events';
}
