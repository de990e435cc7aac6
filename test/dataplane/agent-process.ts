import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { KeyFile } from '../../src/apply/key-files.ts';
import type { PoolOutcome } from '../../src/apply/pool-data-plane.ts';
import type { DesiredPool } from '../../src/desired/desired-node.ts';
import type { Cut, WorkersSeen } from '../../src/plan/old-workers.ts';

/** An agent process of the rig. */
export type Agent = {
  readonly child: ChildProcess;
  /** Outcomes so far, the newest last; also those after a wake. */
  readonly outcomes: readonly PoolOutcome[];
  /** Every look at HAProxy's workers. */
  readonly workers: readonly WorkersLook[];
  /** Gives it a new desired state, with the keys it knows, and waits for the outcome of that. */
  readonly apply: (desired: DesiredPool, keys?: readonly KeyFile[]) => Promise<PoolOutcome>;
  readonly move: (instance: string) => Promise<void>;
  /** What a scrape has of UDP and SCTP. */
  readonly flows: () => Promise<string>;
};

type Said = {
  readonly id: number;
  readonly outcome: PoolOutcome;
  readonly workers?: WorkersLook;
  readonly flows?: string;
};
type WorkersLook = { readonly seen: WorkersSeen; readonly cuts: readonly Cut[] };

/** Speaks with an agent process: one JSON line out, one in. */
export async function startAgent(child: ChildProcess): Promise<Agent> {
  const outcomes: PoolOutcome[] = [];
  const workers: WorkersLook[] = [];
  const waiting = new Map<number, (said: Said) => void>();
  let next = 0;
  if (child.stdout === null) throw new Error('an agent is read from');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as Said;
    const { id, outcome } = said;
    if (said.workers !== undefined) {
      workers.push(said.workers);
      return;
    }
    if (outcome !== undefined && outcome !== null) outcomes.push(outcome);
    waiting.get(id)?.(said);
    waiting.delete(id);
  });
  const send = (message: object) =>
    new Promise<Said>((resolve) => {
      next += 1;
      waiting.set(next, resolve);
      child.stdin?.write(`${JSON.stringify({ id: next, ...message })}\n`);
    });
  return {
    child,
    outcomes,
    workers,
    apply: async (desired, keys) => (await send({ desired, ...(keys && { keys }) })).outcome,
    move: async (instance) => {
      await send({ move: instance });
    },
    flows: async () => (await send({ isFlowsAsked: true })).flows ?? '',
  };
}
