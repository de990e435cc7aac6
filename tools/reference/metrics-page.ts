import { metricLabels } from '../../src/tables/metric-labels.ts';
import { type MetricRow, metrics } from '../../src/tables/metrics.ts';
import { asSentence, code, inWords, page, table } from './markdown.ts';
import type { MetricUse } from './metric-uses.ts';

/** docs/reference/metrics.md: every metric with its type, its labels, and who exports it. */
export function metricsPage(uses: readonly MetricUse[]): string {
  const rows = Object.entries(metrics).toSorted(([, a], [, b]) => (a.name < b.name ? -1 : 1));
  return page(
    {
      title: 'Metrics',
      source: 'src/tables/metrics.ts and src/tables/metric-labels.ts',
      intro: [
        'What `/metrics` of the controller and of the agents says, in the Prometheus text format. Type and exporter are read',
        'from the code. HAProxy’s own counters are read from HAProxy.',
      ].join('\n'),
    },
    [
      table(
        ['metric', 'type', 'of', 'labels', 'says'],
        rows.map(([key, row]) => metricRow(row, usesOf(uses, key))),
      ),
      '## Labels',
      table(
        ['label', 'values'],
        Object.entries(metricLabels).map(([label, values]) => [code(label), values]),
      ),
    ],
  );
}

/** The uses of one metric; one that nothing exports has no place on the page. */
function usesOf(uses: readonly MetricUse[], key: string): readonly MetricUse[] {
  const own = uses.filter(({ metric }) => metric === key);
  const types = new Set(own.map(({ type }) => type));
  if (types.size === 1) return own;
  const problem = own.length === 0 ? 'nothing exports it' : `it is ${[...types].join(' and ')}`;
  throw new Error(
    `metric ${key} of src/tables/metrics.ts: ${problem}; export it once or remove it`,
  );
}

function metricRow(row: MetricRow, uses: readonly MetricUse[]): string[] {
  const commands = [...new Set(uses.map(({ command }) => command))].toSorted();
  const labels = row.labels.map(code).join(', ');
  return [code(row.name), uses[0]?.type ?? '', inWords(commands), labels, asSentence(row.help)];
}
