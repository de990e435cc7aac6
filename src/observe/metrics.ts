import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { type MetricRow, metrics } from '../tables/metrics.ts';

/** The process's own registry; nothing global, so that tests can have many. */
export type Metrics = {
  readonly registry: Registry;
  counter(row: MetricRow): Counter<string>;
  gauge(row: MetricRow): Gauge<string>;
  histogram(row: MetricRow): Histogram<string>;
  /** Prometheus text format of everything. */
  text(): Promise<string>;
};

const nanosecondsPerSecond = 1e9;
const delayResolutionMs = 20;

/** Creates a registry; a metric of the table is made at its first use. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const made = new Map<string, unknown>();
  const once = <T>(row: MetricRow, make: () => T): T => {
    const known = made.get(row.name) as T | undefined;
    if (known !== undefined) return known;
    const fresh = make();
    made.set(row.name, fresh);
    return fresh;
  };
  const options = (row: MetricRow) => ({
    name: row.name,
    help: row.help,
    labelNames: [...row.labels],
    registers: [registry],
  });
  const all: Metrics = {
    registry,
    counter: (row) => once(row, () => new Counter(options(row))),
    gauge: (row) => once(row, () => new Gauge(options(row))),
    histogram: (row) =>
      once(row, () => new Histogram({ ...options(row), buckets: reconcileBuckets })),
    text: () => registry.metrics(),
  };
  exportEventLoopDelay(all);
  return all;
}

/** From one millisecond to half a minute: below nothing matters, above something hangs. */
const reconcileBuckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 30];

/** A stalled event loop loses the Lease: seen here before it hurts. */
function exportEventLoopDelay(all: Metrics): void {
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  delay.enable();
  const gauge = all.gauge(metrics.eventLoopDelaySeconds);
  const text = all.text;
  all.text = () => {
    gauge.set(delay.max / nanosecondsPerSecond);
    delay.reset();
    return text();
  };
}
