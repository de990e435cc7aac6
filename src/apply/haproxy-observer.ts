import type { Frontend } from '../desired/desired-node.ts';
import {
  byBackend,
  type ObservedHaproxy,
  parseFrontends,
  parsePid,
  parseServersState,
  parseStructure,
} from '../plan/observed.ts';
import { allBackendsOf } from '../render/haproxy-backup.ts';
import { HaproxySilent, HaproxySocket } from './haproxy-socket.ts';

/** Everything is asked for this often: checks fail, and people set servers by hand. */
const wholeMilliseconds = 5_000;
/** More backends than these are not asked for one by one. */
const partsMax = 32;

type View = {
  readonly observed: ObservedHaproxy;
  /** Of the worker that said it. */
  readonly pid: number;
  readonly sinceMs: number;
  /** What was wanted then. */
  readonly wanted: ReadonlySet<Frontend>;
};

/**
 * What HAProxy runs. Ten thousand servers take it tens of milliseconds to tell, and a change
 * concerns one backend: so it is asked for all now and then, and in between for those backends that
 * may be other than they were seen: their endpoints changed, they were told something, or they wait
 * for something.
 */
export class HaproxyObserver {
  readonly #socket: HaproxySocket;
  readonly #doubtful = new Set<string>();
  #view: View | undefined;

  constructor(socket: string) {
    this.#socket = new HaproxySocket(socket);
  }

  /** These backends are asked for at the next look. */
  doubt(backends: Iterable<string>): void {
    for (const backend of backends) this.#doubtful.add(backend);
  }

  /** Everything is asked for at the next look. */
  forget(): void {
    this.#view = undefined;
  }

  /** What runs, for a plan that wants these frontends; undefined while HAProxy is silent. */
  async observe(wanted: readonly Frontend[]): Promise<ObservedHaproxy | undefined> {
    try {
      this.#view = (await this.#parts(wanted)) ?? (await this.#whole(wanted));
      this.#doubtful.clear();
      return this.#view.observed;
    } catch (error) {
      this.#view = undefined;
      if (error instanceof HaproxySilent) return undefined;
      throw error;
    }
  }

  async #whole(wanted: readonly Frontend[]): Promise<View> {
    const sinceMs = performance.now();
    const [info, stat, servers] = await Promise.all([
      this.#socket.ask('show info'),
      this.#socket.ask('show stat -1 1 -1'),
      this.#socket.ask('show servers state'),
    ]);
    const observed = {
      structure: parseStructure(info),
      frontends: parseFrontends(stat),
      backends: byBackend(parseServersState(servers, this.#view?.observed.backends)),
    };
    return { observed, pid: parsePid(info), sinceMs, wanted: new Set(wanted) };
  }

  /** Nothing where all is to be asked for. */
  async #parts(wanted: readonly Frontend[]): Promise<View | undefined> {
    const view = this.#view;
    if (view === undefined || performance.now() >= view.sinceMs + wholeMilliseconds) return;
    const changed = wanted.filter((frontend) => !view.wanted.has(frontend)).flatMap(allBackendsOf);
    const names = new Set([...this.#doubtful, ...changed.map(({ name }) => name)]);
    if (names.size > partsMax) return;
    const [info, ...parts] = await Promise.all([
      this.#socket.ask('show info'),
      ...[...names].map((name) => this.#socket.ask(`show servers state ${name}`)),
    ]);
    if (parsePid(info) !== view.pid) return;
    const backends = new Map(view.observed.backends);
    for (const name of names) backends.delete(name);
    for (const [name, servers] of byBackend(
      parts.flatMap((part) => parseServersState(part, view.observed.backends)),
    )) {
      backends.set(name, servers);
    }
    const observed = { ...view.observed, structure: parseStructure(info), backends };
    return { ...view, observed, wanted: new Set(wanted) };
  }
}
