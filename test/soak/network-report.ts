import type { Seen } from '../lab/story/watch.ts';
import { type ActionKind, actionKinds } from './network-plan.ts';

/** What clients saw during all actions of one kind; times in milliseconds. */
export type Tally = {
  readonly times: number;
  readonly requests: number;
  readonly failed: number;
  /** By cause: connect-timeout, answer-timeout, ECONNREFUSED … */
  readonly causes: Readonly<Record<string, number>>;
  readonly longestGapMs: number;
  /** How long a client itself was kept waiting for the CPU at most: what gaps are worth. */
  readonly longestPauseMs: number;
  /** The longest action of the kind, until all had settled. */
  readonly settledMs: number;
};

export type Tallies = ReadonlyMap<ActionKind, Tally>;

const none: Tally = {
  ...{ times: 0, requests: 0, failed: 0, causes: {} },
  ...{ longestGapMs: 0, longestPauseMs: 0, settledMs: 0 },
};

/** The tallies with one more action. */
export function tallied(
  tallies: Tallies,
  kind: ActionKind,
  played: { readonly seen: readonly Seen[]; readonly settledMs: number },
): Tallies {
  const before = tallies.get(kind) ?? none;
  const { seen, settledMs } = played;
  const sum = (of: (one: Seen) => number): number => seen.reduce((all, one) => all + of(one), 0);
  const most = (of: (one: Seen) => number): number => Math.max(0, ...seen.map(of));
  const tally: Tally = {
    times: before.times + 1,
    requests: before.requests + sum((one) => one.requests),
    failed: before.failed + sum((one) => one.failed),
    causes: seen.reduce((causes, one) => added(causes, one.failures), before.causes),
    longestGapMs: Math.max(
      before.longestGapMs,
      most((one) => one.longestGapMs),
    ),
    longestPauseMs: Math.max(
      before.longestPauseMs,
      most((one) => one.longestPauseMs),
    ),
    settledMs: Math.max(before.settledMs, settledMs),
  };
  return new Map([...tallies, [kind, tally]]);
}

function added(
  causes: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>>,
): Record<string, number> {
  const all = { ...causes };
  for (const [cause, count] of Object.entries(more)) all[cause] = (all[cause] ?? 0) + count;
  return all;
}

/** One line a kind, for people. */
export function asTable(tallies: Tallies): string {
  const head = ['action', 'times', 'requests', 'failed', 'gap ms', 'pause ms', 'settled s'];
  const rows = actionKinds.flatMap((kind) => {
    const tally = tallies.get(kind);
    return tally === undefined ? [] : [[...numbers(kind, tally), asCauses(tally)]];
  });
  const all = [[...head, 'causes'], ...rows];
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  return all
    .map((row) =>
      row.map((cell, at) =>
        at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
      ),
    )
    .map((row) => row.join('  ').trimEnd())
    .join('\n');
}

function numbers(kind: ActionKind, tally: Tally): string[] {
  const { times, requests, failed, longestGapMs, longestPauseMs, settledMs } = tally;
  const whole = [times, requests, failed, longestGapMs, longestPauseMs].map(Math.round).map(String);
  return [kind, ...whole, (settledMs / 1000).toFixed(1)];
}

function asCauses({ causes }: Tally): string {
  const sorted = Object.entries(causes).toSorted(([, a], [, b]) => b - a);
  return sorted.map(([cause, count]) => `${count} ${cause}`).join(', ');
}
