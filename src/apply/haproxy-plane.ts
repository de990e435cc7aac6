import { rm } from 'node:fs/promises';
import type { DesiredHaproxy, Frontend } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import { descriptorsLack, parseLimits } from '../plan/descriptors.ts';
import { planHaproxy, unsettledBackends } from '../plan/haproxy.ts';
import type { ObservedHaproxy } from '../plan/observed.ts';
import { inRunningRoles, servicesOfOtherRoles } from '../plan/server-roles.ts';
import { isRuntime, type Outcome, type Step } from '../plan/step.ts';
import { type HaproxyConfiguration, hasPeer, renderHaproxy } from '../render/haproxy.ts';
import { ownPeer } from '../render/own-peer.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import { keysOf, needsKey } from '../render/wanted-keys.ts';
import { type Admission, admit, type Refusal } from './admission.ts';
import { ChangeBudget, type ChangeLimits } from './change-budget.ts';
import { alertsOf } from './culprit.ts';
import { execute } from './execute.ts';
import { type FailedLoad, FailedLoads } from './failed-loads.ts';
import { readIfThere, writeAtomically } from './files.ts';
import { HaproxyObserver } from './haproxy-observer.ts';
import { HaproxySocket } from './haproxy-socket.ts';
import { type KeyFile, KeyFiles } from './key-files.ts';
import { keepHaproxy } from './last-good.ts';
import { LastGoodFrontends } from './last-good-frontends.ts';
import { RefusedServices } from './refused-services.ts';
import { ReloadPace } from './reload-pace.ts';
import { Removals } from './removals.ts';
import { type ServerDown, serversDown } from './servers-down.ts';
import { type Listener, readListeners } from './tcp-listeners.ts';

/**
 * Rounds of one run: each leaves one Service out or follows one reload; what is left waits for the
 * next run.
 */
const roundsMax = 24;

type Round = {
  readonly admission: Admission;
  readonly configuration: HaproxyConfiguration;
  readonly observed: ObservedHaproxy | undefined;
  readonly done: readonly Outcome[];
  /** What runs stays, and is not what is desired. */
  readonly isHeld: boolean;
  readonly next: 'again' | 'stop';
};
type Seen = {
  readonly observed: ObservedHaproxy | undefined;
  readonly listeners: readonly Listener[];
  readonly fileText: string;
  readonly keys: ReadonlySet<string>;
  /** Key files that HAProxy has not as they are; it is to be loaded anew for them. */
  readonly waiting: readonly string[];
};
type Offer = {
  readonly admission: Admission;
  readonly configuration: HaproxyConfiguration;
  readonly steps: readonly Step[];
  readonly reload: boolean;
  readonly isHeld: boolean;
  /** Services that the reload is for. */
  readonly changed: readonly string[];
};

/**
 * Endpoints come and go all the time, and a disk takes its time to flush a file that names them
 * all: a cold start may find those of a few seconds before.
 */
const keepMilliseconds = 5_000;

/** Of those who wait until a reload ends nobody. */
const laterSentence =
  'HAProxy was loaded anew so often that the next time ends connections which have been there ' +
  'for long; what was changed last counts within a minute';
/** Of those who wait until HAProxy takes what it is to load. */
const heldSentence =
  'HAProxy cannot be loaded anew now, for a reason that is not of this Service: ';
/** Of a key that waits for a reload. */
const waitingSentence =
  'HAProxy takes this text of it only when it is loaded anew, and that is still to come';

/** What a run came to. */
export type HaproxyResult = {
  readonly admission: Admission;
  readonly outcomes: readonly Outcome[];
  /** The structure that runs is the desired one. */
  readonly applied: boolean;
  /** No HAProxy answers, and one that starts finds what is desired. */
  readonly awaited: boolean;
  readonly down: readonly ServerDown[];
  /** Keys that are not in use, by file, with what stands in the way. */
  readonly keyRefusals: Readonly<Record<string, string>>;
  /** When the keys that are in use end, ms since the epoch, by file. */
  readonly keyEndsMs: Readonly<Record<string, number>>;
  /** Servers wait for their first check or their end, or a command failed: run again shortly. */
  readonly unsettled: boolean;
  /** A server began to wait for its end in this run. */
  readonly isEnding: boolean;
};

export type HaproxyPlaneOptions = {
  /** Called right after a reload: the held connection must follow to the new worker. */
  readonly renewed: () => void;
  readonly changes: ChangeLimits | undefined;
};

/** Brings one pool's HAProxy on this node to what is desired: file, then reload or CLI. */
export class HaproxyPlane {
  readonly #paths: PoolPaths;
  readonly #renewed: () => void;
  readonly #keys: KeyFiles;
  readonly #lastGood: LastGoodFrontends;
  readonly #budget: ChangeBudget;
  readonly #pace: ReloadPace;
  readonly #failures = new FailedLoads();
  readonly #removals: Removals;
  readonly #observer: HaproxyObserver;
  readonly #refused = new RefusedServices();
  #kept = { text: '', structure: '', sinceMs: Number.NEGATIVE_INFINITY };

  constructor(paths: PoolPaths, { renewed, changes }: HaproxyPlaneOptions) {
    this.#paths = paths;
    this.#renewed = renewed;
    this.#budget = new ChangeBudget(changes);
    this.#pace = new ReloadPace(paths.masterSocket);
    this.#observer = new HaproxyObserver(paths.haproxySocket);
    this.#removals = new Removals(paths.haproxySocket);
    this.#keys = new KeyFiles(paths);
    this.#lastGood = new LastGoodFrontends(paths);
  }

  /**
   * Brings HAProxy as near to `desired` as it goes now. Throws only for what is wrong with this
   * node's own files.
   */
  async run(desired: DesiredHaproxy, keyFiles: readonly KeyFile[]): Promise<HaproxyResult> {
    this.#refused.forgetChanged(desired);
    await this.#lastGood.open();
    const keys = await this.#keys.install(keyFiles);
    const outcomes: Outcome[] = [...keys.outcomes];
    for (let rounds = 1; ; rounds += 1) {
      const round = await this.#round(desired, keys.present);
      outcomes.push(...round.done);
      if (round.next === 'again' && rounds < roundsMax) continue;
      const result = await this.#result(round);
      // What stands in for a refused Service has the keys that it had.
      const named = filesOf(desired).union(filesOf(round.admission.haproxy));
      if (result.applied) await this.#keys.keepOnly(named);
      const socket = new HaproxySocket(this.#paths.haproxySocket);
      const { frontends } = round.admission.haproxy;
      const down = await serversDown(socket, frontends, round.observed);
      const waiting = (await this.#keys.waiting()).map((file) => [file, waitingSentence] as const);
      const keyRefusals = { ...Object.fromEntries(waiting), ...keys.refusals };
      return { ...result, outcomes, down, keyRefusals, keyEndsMs: keys.endsMs };
    }
  }

  async #round(desired: DesiredHaproxy, keys: ReadonlySet<string>): Promise<Round> {
    const [observed, listeners, fileText, waiting] = await Promise.all([
      this.#observer.observe(desired.frontends),
      readListeners(),
      readIfThere(this.#paths.haproxyConfiguration),
      this.#keys.waiting(),
    ]);
    const seen = { observed, listeners, fileText, keys, waiting };
    const offer = await this.#offer(desired, seen);
    const { admission, configuration, steps, reload, isHeld, changed } = offer;
    if (reload) await this.#pace.turn();
    const done = await execute(steps, this.#paths, this.#removals);
    this.#doubt(steps);
    const round = { admission, configuration, observed, done, isHeld };
    const failed = done.find(({ ok, step }) => !ok && !isRuntime(step));
    if (failed !== undefined) {
      await this.#restore(fileText);
      const load = { admission, configuration, wanted: desired.frontends };
      const blamed = isRefusal(failed) && this.#refused.blame(failed.detail, load);
      if (reload && !blamed) this.#failures.failed(failedLoad(failed, configuration));
      return { ...round, next: reload || blamed ? 'again' : 'stop' };
    }
    if (!reload) return { ...round, next: 'stop' };
    this.#budget.spend(changed);
    this.#pace.loaded();
    this.#failures.loaded();
    this.#renewed();
    return { ...round, next: 'again' };
  }

  /**
   * What is to be done now: those who change too often are held back, nobody's change ends
   * connections that others have had for long, and what HAProxy does not take is tried seldom; but
   * what changes without a reload is never late.
   */
  async #offer(desired: DesiredHaproxy, seen: Seen): Promise<Offer> {
    const whole = this.#planned(desired, seen, []);
    if (!whole.reload) {
      // What failed is not wanted any more.
      if (seen.observed !== undefined) this.#failures.loaded();
      return { ...whole, changed: [] };
    }
    const all = this.#changed(whole.admission.haproxy, seen);
    const held = this.#budget.heldBack(all);
    const changed = all.filter((service) => !held.some((each) => each.service === service));
    const offer = held.length === 0 ? whole : this.#planned(desired, seen, held);
    if (!offer.reload) return { ...offer, changed };
    const lack = await this.#lack(offer.admission.haproxy);
    const why = lack ?? this.#failures.why(offer.configuration.structure);
    if (why !== undefined) return this.#asItRuns(offer, seen, { all, why });
    if (!(await this.#pace.isTooFast())) return { ...offer, changed };
    const later = changed.map((service) => ({ service, sentence: laterSentence }));
    const waiting = this.#planned(desired, seen, [...held, ...later]);
    return waiting.reload ? { ...offer, changed } : { ...waiting, changed: [] };
  }

  /** What can be done where nothing may be loaded: everybody keeps what runs, servers apart. */
  #asItRuns(
    { admission }: Pick<Offer, 'admission'>,
    { observed, fileText }: Seen,
    { all, why }: { readonly all: readonly string[]; readonly why: string },
  ): Offer {
    const running = new Set(observed?.frontends.map(({ name }) => name));
    const kept = this.#lastGood.insteadOfAll(admission.haproxy);
    const frontends = kept.frontends
      .filter(({ name }) => running.has(name))
      .map((frontend) => (observed === undefined ? frontend : inRunningRoles(frontend, observed)));
    const haproxy = { ...kept, frontends };
    const configuration = renderHaproxy(haproxy, this.#paths);
    const steps = planHaproxy({
      ...{ desired: haproxy, configuration, paths: this.#paths, fileText, observed, isHeld: true },
    });
    const waiting = all
      .filter((service) => !admission.refusals.some((each) => each.service === service))
      .map((service) => ({ service, sentence: `${heldSentence}${why}` }));
    const refusals = [{ service: '', sentence: why }, ...admission.refusals, ...waiting];
    return {
      ...{ admission: { ...admission, haproxy, refusals }, configuration, steps },
      ...{ reload: false, isHeld: true, changed: [] },
    };
  }

  // Whose settings are other than those that run, or the parts of whose servers are, or the keys.
  #changed(haproxy: DesiredHaproxy, { observed, waiting }: Seen): readonly string[] {
    const other = observed === undefined ? [] : servicesOfOtherRoles(haproxy, observed);
    const late = waitingKeys(haproxy.frontends, waiting).flatMap(({ services }) => services);
    const services = [...this.#lastGood.changed(haproxy.frontends), ...other, ...late];
    return [...new Set(services)].toSorted(byText);
  }

  // Who was told something is another now, or would be if it had been heard.
  #doubt(steps: readonly Step[]): void {
    const told = steps.filter(isRuntime);
    this.#observer.doubt(told.flatMap((step) => ('backend' in step ? [step.backend] : [])));
    const isWhole = told.some((step) => 'frontend' in step);
    if (isWhole || steps.some(({ kind }) => kind === 'haproxy-reload')) this.#observer.forget();
  }

  // Those who are held back keep what runs of them.
  #planned(
    desired: DesiredHaproxy,
    { observed, listeners, fileText, keys, waiting }: Seen,
    held: readonly Refusal[],
  ): Omit<Offer, 'changed'> {
    const isHeld = (one: Frontend) => held.some(({ service }) => service === one.service);
    const standIn = (frontend: Frontend): Frontend | undefined => {
      if (this.#refused.isOut(frontend.service)) return undefined;
      const good = this.#lastGood.insteadOf(frontend);
      return good && observed && isHeld(good) ? inRunningRoles(good, observed) : good;
    };
    const own = desired.peers && ownPeer(desired.peers);
    const admission = admit({
      ...{ desired, listeners, keys, refusals: [...this.#refused.all, ...held] },
      isSharing: observed !== undefined && own !== undefined && hasPeer(fileText, own),
      running: observed?.frontends.map((frontend) => frontend.name),
      lastGood: standIn,
    });
    const configuration = renderHaproxy(admission.haproxy, this.#paths);
    const free = admission.haproxy.frontends.filter((frontend) => !isHeld(frontend));
    const steps = planHaproxy({
      ...{ desired: admission.haproxy, configuration, paths: this.#paths, fileText, observed },
      keys: waitingKeys(free, waiting).map(({ file }) => file),
    });
    const reload = steps.some((step) => step.kind === 'haproxy-reload');
    return { admission, configuration, steps, reload, isHeld: false };
  }

  async #result({ admission, configuration, observed, done, isHeld }: Round) {
    const applied = !isHeld && observed?.structure === configuration.structure;
    if (applied && this.#isToBeKept(configuration)) {
      await this.#keep(configuration, admission.haproxy);
    }
    if (applied) {
      await this.#lastGood.keep(configuration.structure, admission.haproxy);
    }
    const waiting = observed === undefined ? [] : unsettledBackends(admission.haproxy, observed);
    this.#observer.doubt(waiting);
    const held = admission.refusals.filter(({ service }) => !this.#refused.has(service));
    const refusals = [...this.#refused.all, ...held];
    const failed = done.some((outcome) => !outcome.ok);
    const awaited = observed === undefined && !failed;
    return {
      admission: { ...admission, refusals },
      applied,
      awaited,
      unsettled: waiting.length > 0 || this.#removals.isWaiting || failed,
      isEnding: this.#removals.hasBegun,
    };
  }

  // A reload that asks for more than there is fails, in words that name a number and no cause.
  async #lack(haproxy: DesiredHaproxy): Promise<string | undefined> {
    return descriptorsLack(haproxy, parseLimits(await readIfThere(this.#paths.haproxyLimits)));
  }

  // A file that was not loaded must not be what a restart finds.
  async #restore(text: string): Promise<void> {
    if (text === '') await rm(this.#paths.haproxyConfiguration, { force: true });
    else await writeAtomically(this.#paths.haproxyConfiguration, text);
  }

  // After a reboot the keys are gone, and one file that is not there would keep HAProxy from
  // starting: what needs one is not in the copy.
  async #keep({ text, structure }: HaproxyConfiguration, desired: DesiredHaproxy): Promise<void> {
    const frontends = desired.frontends.filter((frontend) => !needsKey(frontend));
    const isWhole = frontends.length === desired.frontends.length;
    const kept = isWhole ? text : renderHaproxy({ ...desired, frontends }, this.#paths).text;
    await keepHaproxy(this.#paths, kept);
    this.#kept = { text, structure, sinceMs: performance.now() };
  }

  #isToBeKept({ text, structure }: HaproxyConfiguration): boolean {
    if (text === this.#kept.text) return false;
    const isOld = performance.now() >= this.#kept.sinceMs + keepMilliseconds;
    return isOld || structure !== this.#kept.structure;
  }
}

function waitingKeys(frontends: readonly Frontend[], waiting: readonly string[]) {
  // All have to be asked what they want, and next to never does one wait.
  return waiting.length === 0 ? [] : keysOf(frontends).filter(({ file }) => waiting.includes(file));
}

function filesOf({ frontends }: DesiredHaproxy): ReadonlySet<string> {
  return new Set(keysOf(frontends).map(({ file }) => file));
}

// Not answering is no refusal: HAProxy went away, and will load the old file when it comes back.
function isRefusal({ step, detail }: Outcome): boolean {
  return step.kind === 'write-file' || detail.startsWith('Success=0');
}

function failedLoad(outcome: Outcome, { structure }: HaproxyConfiguration): FailedLoad {
  const { step, detail } = outcome;
  const sentence = alertsOf(detail)[0] ?? detail;
  return { structure, sentence, isLoaded: step.kind === 'haproxy-reload' && isRefusal(outcome) };
}
