import { markdownTable } from '../markdown-table.ts';
import { type MedianInterval, medianInterval } from './median-interval.ts';
import type { Comparison, Slice } from './pairs.ts';

/** What Fairlead wants to reach of HAProxy by hand. */
const goal = 0.98;

/** The figures of one comparison; ratios are Fairlead by the other, so more is better. */
export type Figures = {
  readonly workload: string;
  readonly other: string;
  readonly pairs: number;
  /** Requests per second, medians. */
  readonly rates: { readonly ours: number; readonly other: number };
  readonly rate: MedianInterval;
  /** Microseconds of HAProxy's CPU for a request, medians; absent for a way without HAProxy. */
  readonly cpu: { readonly ours: number | undefined; readonly other: number | undefined };
  /** Of requests per second of HAProxy's CPU. */
  readonly perCpu: MedianInterval | undefined;
  /** How much of its core Fairlead's HAProxy used: near 1 it was what held the traffic up. */
  readonly busy: number | undefined;
  readonly failed: number;
};

export function figuresOf({ workload, other, pairs }: Comparison): Figures {
  const ours = pairs.map((pair) => pair.ours);
  const others = pairs.map((pair) => pair.other);
  const ratios = (of: (slice: Slice) => number) =>
    medianInterval(pairs.map((pair) => of(pair.ours) / of(pair.other)));
  const both = [...ours, ...others];
  const median = (slices: readonly Slice[], of: (slice: Slice) => number) =>
    slices.every(({ cpu }) => cpu !== undefined)
      ? medianInterval(slices.map(of)).median
      : undefined;
  return {
    ...{ workload: workload.name, other, pairs: pairs.length },
    rates: {
      ours: medianInterval(ours.map(rate)).median,
      other: medianInterval(others.map(rate)).median,
    },
    rate: ratios(rate),
    cpu: { ours: median(ours, microseconds), other: median(others, microseconds) },
    perCpu: both.every(({ cpu }) => cpu !== undefined)
      ? ratios((slice) => 1 / microseconds(slice))
      : undefined,
    busy: median(ours, ({ cpu = 0, seconds }) => cpu / seconds),
    failed: both.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function rate({ requests, seconds }: Slice): number {
  return requests / seconds;
}

function microseconds({ cpu = Number.NaN, requests }: Slice): number {
  return (1e6 * cpu) / requests;
}

/** For docs/performance.md. */
export function trafficTable(all: readonly Figures[]): string {
  const head = [
    ...['', 'against', 'Fairlead, 1/s', 'the other, 1/s', 'throughput, ratio (95 %)'],
    ...['CPU of HAProxy per request, µs', 'of the other', 'requests per CPU, ratio (95 %)'],
    'core of HAProxy, used',
  ];
  const rows = all.map((figures) => [
    ...[figures.workload, figures.other],
    ...[whole(figures.rates.ours), whole(figures.rates.other), withInterval(figures.rate)],
    ...[shown(figures.cpu.ours), shown(figures.cpu.other), withInterval(figures.perCpu)],
    figures.busy === undefined ? '-' : `${Math.round(100 * figures.busy)} %`,
  ]);
  return markdownTable([head, ...rows]);
}

/** What is to be looked at: ratios to HAProxy by hand below the goal, and failed requests. */
export function remarks(all: readonly Figures[]): readonly string[] {
  const low = all.filter(({ other }) => other === 'HAProxy by hand').flatMap(belowGoal);
  const failed = all
    .filter((figures) => figures.failed > 0)
    .map(({ workload, other, failed }) => `${workload}, against ${other}: ${failed} failed`);
  return [...low, ...failed];
}

function belowGoal({ workload, rate, perCpu }: Figures): string[] {
  const ratios = [
    ['throughput', rate],
    ['requests per CPU', perCpu],
  ] as const;
  return ratios.flatMap(([what, of]) =>
    of === undefined || of.median >= goal
      ? []
      : [`${workload}: ${what} is ${withInterval(of)} of HAProxy by hand, below ${goal}`],
  );
}

function withInterval(of: MedianInterval | undefined): string {
  if (of === undefined) return '-';
  const { median, interval } = of;
  const bounds = interval && ` (${interval.low.toFixed(3)}–${interval.high.toFixed(3)})`;
  return `${median.toFixed(3)}${bounds ?? ''}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function shown(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 100 ? value.toFixed(1) : whole(value);
}
