import type { DesiredHaproxy } from '../desired/desired-node.ts';
import { type HaproxyConfiguration, renderHaproxy } from '../render/haproxy.ts';
import { allBackendsOf } from '../render/haproxy-backup.ts';
import { hasAgent } from '../render/haproxy-checks.ts';
import { isSpare, isWritten, weightOf } from '../render/haproxy-roles.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import { planHaproxy } from './haproxy.ts';
import {
  byBackend,
  type ObservedFrontend,
  type ObservedHaproxy,
  type ObservedServer,
} from './observed.ts';
import type { RuntimeStep, Step } from './step.ts';
import { isRuntime } from './step.ts';

/**
 * What HAProxy does with our steps, as measured on 3.0.11, for tests of the plan. Health checks
 * pass on `check`.
 */
export class HaproxyModel {
  readonly #paths: PoolPaths;
  file = '';
  reloads: (readonly string[])[] = [];
  #loaded: { structure: string } = { structure: '' };
  #frontends = new Map<string, ObservedFrontend>();
  #servers = new Map<string, ObservedServer>();
  #files = new Map<string, { configuration: HaproxyConfiguration; desired: DesiredHaproxy }>();

  constructor(paths: PoolPaths) {
    this.#paths = paths;
  }

  /** Plans and executes until nothing is left to do; returns the number of rounds. */
  settle(desired: DesiredHaproxy): number {
    for (let round = 0; round < 20; round += 1) {
      const steps = this.plan(desired);
      for (const step of steps) this.#execute(step);
      if (steps.length === 0 && [...this.#servers.values()].every((server) => server.checked))
        return round;
      this.#check();
    }
    throw new Error('the plan never comes to an end');
  }

  /** What a pod says of itself, where it is asked. */
  says(said: Pick<ObservedServer, 'backend' | 'name' | 'state' | 'weight'>): void {
    const key = `${said.backend}/${said.name}`;
    const server = this.#servers.get(key);
    if (server?.agent !== true) return;
    this.#servers.set(key, { ...server, ...said, usable: said.state === 'ready' });
  }

  /** The steps from here to `desired`. */
  plan(desired: DesiredHaproxy): Step[] {
    const configuration = renderHaproxy(desired, this.#paths);
    this.#files.set(configuration.text, { configuration, desired });
    return planHaproxy({
      ...{ desired, configuration, paths: this.#paths },
      ...{ fileText: this.file, observed: this.observed() },
    });
  }

  observed(): ObservedHaproxy {
    return {
      structure: this.#loaded.structure,
      frontends: [...this.#frontends.values()],
      backends: byBackend(this.servers()),
    };
  }

  servers(): readonly ObservedServer[] {
    return [...this.#servers.values()];
  }

  #execute(step: Step): void {
    if (isRuntime(step)) this.#run(step);
    if (step.kind === 'write-file') this.file = step.text;
    if (step.kind === 'haproxy-reload') this.#reload(step.reasons);
  }

  // States are restored by name from the state file; what is new starts ready, up and unchecked.
  #reload(reasons: readonly string[]): void {
    this.reloads.push(reasons);
    const { configuration, desired } = this.#files.get(this.file) ?? unknownFile();
    this.#loaded = configuration;
    const before = this.#servers;
    this.#servers = new Map();
    this.#frontends = new Map();
    for (const { name } of desired.frontends) this.#frontends.set(name, { name, enabled: true });
    for (const of of desired.frontends.flatMap(allBackendsOf)) {
      for (const server of of.servers.filter(isWritten)) {
        const { name } = server;
        const states = { state: 'ready', usable: true, checked: false, agent: true } as const;
        const fresh = { backend: of.name, backendId: 0, name, ...states };
        const made = { weight: weightOf(server, of), isSpare: isSpare(server) };
        const restored = before.get(`${of.name}/${name}`) ?? fresh;
        const agent = restored.agent && hasAgent(of);
        this.#servers.set(`${of.name}/${name}`, { ...restored, ...made, agent });
      }
    }
  }

  #run(step: RuntimeStep): void {
    if (step.kind === 'frontend-enable' || step.kind === 'frontend-disable') {
      const enabled = step.kind === 'frontend-enable';
      this.#frontends.set(step.frontend, { name: step.frontend, enabled });
      return;
    }
    const name = typeof step.server === 'string' ? step.server : step.server.name;
    const key = `${step.backend}/${name}`;
    const now = this.#servers.get(key);
    if ((step.kind === 'server-add') !== (now === undefined))
      throw new Error(`${step.kind} ${key}`);
    if (step.kind === 'server-remove') this.#servers.delete(key);
    else this.#servers.set(key, changed(step, name, now));
  }

  #check(): void {
    for (const [key, server] of this.#servers) this.#servers.set(key, { ...server, checked: true });
  }
}

function changed(
  step: Exclude<RuntimeStep, { kind: `frontend-${string}` }>,
  name: string,
  now: ObservedServer | undefined,
): ObservedServer {
  const { kind, backend } = step;
  const checked = kind !== 'server-recheck' && now?.checked === true;
  if (kind === 'server-weight' && now !== undefined) return { ...now, weight: step.weight };
  const ready = kind === 'server-ready';
  const agent = kind === 'server-ready' && step.agent === true;
  const state = ready ? 'ready' : kind === 'server-maint' ? 'maint' : 'drain';
  const made = { weight: now?.weight ?? 1, isSpare: now?.isSpare ?? false };
  const added = kind === 'server-add' ? madeBy(step.options) : made;
  return { backend, backendId: 0, name, state, usable: ready, checked, agent, ...added };
}

/** What `add server` makes of its options. */
function madeBy(options: readonly string[]): Pick<ObservedServer, 'weight' | 'isSpare'> {
  const at = options.indexOf('weight');
  const weight = at < 0 ? 1 : Number(options[at + 1]);
  return { weight, isSpare: options.includes('backup') };
}

function unknownFile(): never {
  throw new Error('a reload of a file that was not written');
}
