import type { Connections } from '../../../src/kube/connections.ts';
import type { HttpAnswer, HttpConnections, HttpRequest } from '../../../src/kube/http.ts';
import type { Random } from '../../run/random.ts';
import { type Answer, refusal } from '../server/answer.ts';
import type { ModelApiServer } from '../server/api-server.ts';
import { parseTarget } from '../server/request.ts';
import { Exchange, refusedError, socketError } from './exchange.ts';
import type { Machine } from './machine.ts';
import type { Scheduler } from './scheduler.ts';
import { goneLine, WatchStream } from './watch-stream.ts';
import { calm, type Weather } from './weather.ts';

/** As src/kube/connections.ts has it: calls beyond this wait for a connection. */
const connectionsForCalls = 4;

/** How long a request can be on its way after its sender lost the connection. */
const lateMsMax = 60_000;

/** A dead process' requests were on their way or not. */
const sentBeforeDeath = 0.5;

/** Between every process and the API server: latency, and whatever the weather brings. */
export class Network {
  weather: Weather = calm;
  readonly #server: ModelApiServer;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #streams = new Set<WatchStream>();
  readonly #cutOff = new Set<Machine>();

  constructor(server: ModelApiServer, scheduler: Scheduler, random: Random) {
    this.#server = server;
    this.#scheduler = scheduler;
    this.#random = random;
    server.store.onChange((change) => {
      for (const stream of this.#streams)
        if (stream.plural === change.plural) stream.changed(change);
    });
  }

  /** Two sets of connections for one client of a machine. */
  connect(machine: Machine): Connections {
    const open = (limit: number) =>
      new ModelConnections(limit, (exchange) => this.#send(machine, exchange));
    return { calls: open(connectionsForCalls), watches: open(Number.POSITIVE_INFINITY) };
  }

  /** Tells every open watch how far it has come. */
  sendBookmarks(): void {
    for (const stream of this.#streams) stream.bookmark(this.#server.store.revision);
  }

  /** Resets every open watch, as a restart of the API server does. */
  cutStreams(): void {
    for (const stream of this.#streams) stream.cut();
  }

  /** A machine cannot reach the server for a while, nor hear from it. */
  cutOff(machine: Machine, forMs: number): void {
    this.#cutOff.add(machine);
    for (const stream of this.#streams) if (stream.machine === machine) stream.silence();
    this.#scheduler.at(this.#scheduler.nowMs + forMs, () => this.#cutOff.delete(machine));
  }

  /** Everybody can reach the server again, and everything that hung is known to. */
  heal(): void {
    this.weather = calm;
    this.#cutOff.clear();
    for (const stream of this.#streams) if (stream.isSilent) stream.cut();
  }

  #send(machine: Machine, exchange: Exchange): void {
    if (this.#cutOff.has(machine)) return;
    const wanted = fate(this.#random, this.weather, isWrite(exchange));
    const arriveMs = this.#scheduler.nowMs + this.#random.next() * this.weather.latencyMs;
    const lateMs = arriveMs + this.#random.next() * lateMsMax;
    if (wanted === 'late') this.#arrive(machine, exchange, lateMs);
    if (wanted === 'silent' && this.#random.chance(0.5)) this.#arrive(machine, exchange, arriveMs);
    if (wanted === 'silent') return;
    if (wanted === 'refused') machine.deliver(arriveMs, () => exchange.fail(refusedError()));
    else if (wanted === 'resetBefore' || wanted === 'late') {
      machine.deliver(arriveMs, () => exchange.fail(socketError()));
    } else if (isAnsweredWithoutDoing(wanted)) {
      this.#answer(machine, exchange, brokenAnswer(this.#random, wanted));
    } else this.#arriveAndAnswer({ machine, exchange, wanted, arriveMs });
  }

  #arriveAndAnswer(of: {
    readonly machine: Machine;
    readonly exchange: Exchange;
    readonly wanted: Fate;
    readonly arriveMs: number;
  }): void {
    const { machine, exchange, wanted, arriveMs } = of;
    this.#scheduler.at(arriveMs, () => {
      if (machine.isDead && !this.#random.chance(sentBeforeDeath)) return;
      if (isWatch(exchange)) {
        this.#open(machine, exchange);
        return;
      }
      const answer = this.#do(machine, exchange, wanted);
      if (wanted === 'resetAfter') {
        machine.deliver(this.#scheduler.nowMs, () => exchange.fail(socketError()));
      } else if (wanted === 'errorAfter') {
        this.#answer(machine, exchange, brokenAnswer(this.#random, 'serverError'));
      } else this.#answer(machine, exchange, { ...answer, isCut: wanted === 'cutBody' });
    });
  }

  #arrive(machine: Machine, exchange: Exchange, atMs: number): void {
    if (isWatch(exchange)) return;
    this.#scheduler.at(atMs, () => void this.#do(machine, exchange, 'fine'));
  }

  #do(machine: Machine, exchange: Exchange, wanted: Fate): Answer {
    const { target: path, request } = exchange;
    const { method, body, headers } = request;
    const { store } = this.#server;
    const isList = method === 'GET' && parseTarget(path).name === undefined;
    // Whoever fills a cache page by page may be behind; who asks once is told the truth, as a list
    // without a resourceVersion always is (Kubernetes, API concepts: "Most Recent").
    const fillsCache = path.includes('limit=') && !path.includes('continue=');
    if (wanted === 'staleList' && isList && fillsCache) {
      const behind = this.#random.below(40);
      return this.#server.listAt(path, Math.max(store.revision - behind, store.compacted));
    }
    return this.#server.handle({
      ...{ method, path, by: machine.name },
      ...(body !== undefined && { body: JSON.parse(body) as unknown }),
      contentType: headers['content-type'] ?? '',
    });
  }

  #answer(machine: Machine, exchange: Exchange, answer: Answer & { isCut?: boolean }): void {
    const { status, body, retryAfterSeconds, isCut } = answer;
    const bytes = Buffer.from(JSON.stringify(body));
    const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': `${retryAfterSeconds}` };
    machine.deliver(this.#scheduler.nowMs + this.#random.next() * this.weather.latencyMs, () => {
      exchange.headers(status, retry);
      if (!isCut) {
        exchange.chunk(bytes);
        exchange.end();
      } else {
        exchange.chunk(bytes.subarray(0, bytes.length >> 1));
        exchange.fail(socketError());
      }
    });
  }

  /** A watch begins: all that happened since its version, then what happens. */
  #open(machine: Machine, exchange: Exchange): void {
    const { plural, namespace, query } = parseTarget(exchange.target);
    const { store } = this.#server;
    const version = Number(query.get('resourceVersion'));
    if (version < store.compacted) {
      this.#refuseWatch(machine, exchange);
      return;
    }
    const stream = new WatchStream({
      ...{ exchange, machine, scheduler: this.#scheduler, random: this.#random },
      ...{ weather: () => this.weather, plural, namespace },
      onClosed: (closed) => this.#streams.delete(closed),
    });
    this.#streams.add(stream);
    for (const change of store.changesSince(plural, version)) stream.changed(change);
    const lastsMs = Number(query.get('timeoutSeconds')) * 1000;
    this.#scheduler.at(this.#scheduler.nowMs + lastsMs, () => stream.finish());
  }

  /** Both ways in which the API server says 410. */
  #refuseWatch(machine: Machine, exchange: Exchange): void {
    const message = 'too old resource version';
    if (this.#random.chance(0.5)) {
      this.#answer(machine, exchange, refusal(410, { reason: 'Expired', message }));
      return;
    }
    machine.deliver(this.#scheduler.nowMs, () => {
      exchange.headers(200, {});
      exchange.chunk(goneLine());
      exchange.end();
    });
  }
}

type Fate = keyof Weather | 'fine';

const fates = [
  ...(['refused', 'resetBefore', 'resetAfter', 'late', 'silent', 'serverError'] as const),
  ...(['errorAfter', 'tooMany', 'unauthorized', 'cutBody', 'staleList'] as const),
];

function fate(random: Random, weather: Weather, isWriting: boolean): Fate {
  let dice = random.next();
  const possible: readonly (keyof Weather)[] = isWriting ? [...fates, 'conflict'] : fates;
  for (const each of possible) {
    if (dice < weather[each]) return each;
    dice -= weather[each];
  }
  return 'fine';
}

function isAnsweredWithoutDoing(wanted: Fate): boolean {
  return ['serverError', 'tooMany', 'conflict', 'unauthorized'].includes(wanted);
}

function brokenAnswer(random: Random, kind: Fate): Answer {
  if (kind === 'tooMany') {
    const answer = refusal(429, { reason: 'TooManyRequests', message: 'try again later' });
    return random.chance(0.8) ? { ...answer, retryAfterSeconds: 1 + random.below(4) } : answer;
  }
  if (kind === 'conflict') {
    return refusal(409, { reason: 'Conflict', message: 'the object has been modified' });
  }
  if (kind === 'unauthorized') {
    return refusal(401, { reason: 'Unauthorized', message: 'Unauthorized' });
  }
  const status = random.pick([500, 503, 504]);
  return refusal(status, { reason: 'InternalError', message: 'etcdserver: request timed out' });
}

function isWrite({ request }: Exchange): boolean {
  return request.method !== 'GET';
}

function isWatch({ target }: Exchange): boolean {
  return target.includes('watch=1');
}

/** As many requests at once as there are connections; the others wait. */
class ModelConnections implements HttpConnections {
  readonly #limit: number;
  readonly #send: (exchange: Exchange) => void;
  readonly #open = new Set<Exchange>();
  #waiting: Exchange[] = [];
  #isRetired = false;

  constructor(limit: number, send: (exchange: Exchange) => void) {
    this.#limit = limit;
    this.#send = send;
  }

  send(request: HttpRequest): Promise<HttpAnswer> {
    const exchange = new Exchange(request, () => this.#done(exchange));
    if (this.#isRetired || request.signal.aborted) exchange.fail(socketError());
    if (!exchange.isOpen) return exchange.answer;
    if (this.#open.size < this.#limit) this.#begin(exchange);
    else this.#waiting.push(exchange);
    return exchange.answer;
  }

  retire(): void {
    this.#isRetired = true;
  }

  destroy(): void {
    this.#isRetired = true;
    const all = [...this.#waiting, ...this.#open];
    this.#waiting = [];
    for (const exchange of all) exchange.fail(socketError());
  }

  #begin(exchange: Exchange): void {
    this.#open.add(exchange);
    this.#send(exchange);
  }

  #done(exchange: Exchange): void {
    if (!this.#open.delete(exchange)) {
      this.#waiting = this.#waiting.filter((other) => other !== exchange);
      return;
    }
    const next = this.#waiting.shift();
    if (next !== undefined) this.#begin(next);
  }
}
