// How servers go without anybody waiting for their connections.
//
//   planned ──▶ maint, del ── connections are left ──▶ waits ── 300 ms ──▶ maint, shutdown, del
//      │                                                 ▲                          │
//      └── none ──▶ gone                                 └─── some are left still ──┘
//
// A server that is left is planned again at the next look, so nothing here waits, and whoever else
// has a change does not either.

import type { Outcome, RuntimeStep, Step } from '../plan/step.ts';
import { graceMilliseconds, removal } from '../plan/step.ts';
import { lines, sent } from './cli-lines.ts';
import { HaproxySocket } from './haproxy-socket.ts';

/** One that has connections so long after they were to end is spoken of. */
const overdueMilliseconds = 2_000;

/** What HAProxy 3.0 says of a server that cannot go yet. */
const stillConnected = /^Server still has connections attached to it/;

export type Removal = Extract<Step, { kind: 'server-remove' }>;

type Waiting = {
  /** When it was told to take nothing new. */
  readonly sinceMs: number;
  /** It was spoken of. */
  readonly isOverdue: boolean;
};

/** The removals of one HAProxy. */
export class Removals {
  readonly #socket: HaproxySocket;
  readonly #now: () => number;
  #waiting = new Map<string, Waiting>();
  #hasBegun = false;

  /** `now` in milliseconds, of a clock that only goes on. */
  constructor(socket: string, now = () => performance.now()) {
    this.#socket = new HaproxySocket(socket);
    this.#now = now;
  }

  /** Servers wait for their connections: run again shortly. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** At the last run a server began to wait. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /**
   * Brings removals as far as they go now; these are all that are wanted, so who is not among them
   * stays. A server that waits has no outcome, unless it does so for too long.
   */
  async run(steps: readonly Removal[]): Promise<Outcome[]> {
    const before = this.#waiting;
    const known = steps.map((step) => [nameOf(step), before.get(nameOf(step))] as const);
    this.#waiting = new Map(known.flatMap(([name, own]) => (own ? [[name, own]] : [])));
    const now = this.#now();
    const isDue = (step: Removal) => {
      const own = before.get(nameOf(step));
      return own === undefined || now >= own.sinceMs + graceMilliseconds;
    };
    const due = steps.filter(isDue);
    // An agent-check may have brought it back; what is under way had its time to end by itself.
    const first = (step: Removal) => {
      const { out, cut } = removal(step);
      return before.has(nameOf(step)) ? [...out, ...cut] : out;
    };
    // On another line: HAProxy ends the sessions in between.
    const last = (step: Removal) => removal(step).gone;
    for (const line of lines(due, first)) await sent(this.#socket, line, first);
    const outcomes: Outcome[] = [];
    for (const line of lines(due, last)) outcomes.push(...(await sent(this.#socket, line, last)));
    const said = outcomes.filter((outcome) => this.#isSaid(outcome, now));
    this.#hasBegun = [...this.#waiting.keys()].some((name) => !before.has(name));
    return said;
  }

  #isSaid({ step, detail }: Outcome, now: number): boolean {
    const name = nameOf(step as Removal);
    if (!stillConnected.test(detail)) {
      this.#waiting.delete(name);
      return true;
    }
    const { sinceMs, isOverdue } = this.#waiting.get(name) ?? { sinceMs: now, isOverdue: false };
    const isLate = now >= sinceMs + graceMilliseconds + overdueMilliseconds;
    this.#waiting.set(name, { sinceMs, isOverdue: isLate });
    return isLate && !isOverdue;
  }
}

/** Whether a step for the CLI is a removal. */
export function isRemoval(step: RuntimeStep): step is Removal {
  return step.kind === 'server-remove';
}

function nameOf({ backend, server }: Removal): string {
  return `${backend}/${server}`;
}
