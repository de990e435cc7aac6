import type { MetricRow } from '../tables/metrics.ts';

/** A metric whose figures are HAProxy's own, and are written as they were read. */
export type TypedMetric = MetricRow & { readonly type: 'counter' | 'gauge' };

/** Says which kind a metric is. */
export const as = {
  counter: (row: MetricRow): TypedMetric => ({ ...row, type: 'counter' }),
  gauge: (row: MetricRow): TypedMetric => ({ ...row, type: 'gauge' }),
};

/** Labels in that format, in their order; names of Kubernetes objects need no escape. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, text]) => `${label}="${text}"`)
    .join(',');
}

/** A metric in Prometheus' text format: its heading, and lines that are ended; nothing without. */
export function metricText({ name, help, type }: TypedMetric, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
