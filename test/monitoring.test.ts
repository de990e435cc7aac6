/** Alerts, runbooks and dashboards say of Fairlead only what there is. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addressUses } from '../src/status/pool-usage.ts';
import { metrics } from '../src/tables/metrics.ts';
import { reasons } from '../src/tables/reasons.ts';
import { metricUses } from '../tools/reference/metric-uses.ts';
import { dashboards, expressionsOf, variableQueries } from './monitoring/dashboards.ts';
import { groupingsIn, recordedIn, selectorsIn } from './monitoring/expressions.ts';
import { alerts, firingInStories, recordings, textOf } from './monitoring/rules.ts';

const top = join(import.meta.dirname, '..');
const rows = new Map<string, { key: string; labels: readonly string[] }>(
  Object.entries(metrics).map(([key, { name, labels }]) => [name, { key, labels }]),
);
const types = new Map(metricUses(top).map(({ metric, type }) => [metric, type]));

/** What monitoring/scrape.yaml gives to every series. */
const ofTarget = ['job', 'node', 'pod'];

const dashboardExpressions = [...dashboards.values()].flatMap((dashboard) => [
  ...expressionsOf(dashboard),
  ...variableQueries(dashboard).map(([metric, label]) => `count by (${label}) (${metric})`),
]);
const ruleExpressions = [...alerts, ...recordings].map(({ expr }) => expr);
const expressions = [...ruleExpressions, ...dashboardExpressions];

/** `fairlead_x_bucket` of a histogram is `fairlead_x`. */
function rowOf(metric: string) {
  const histogram = rows.get(metric.replace(/_(bucket|sum|count)$/, ''));
  const isHistogram = types.get(histogram?.key ?? '') === 'histogram';
  return isHistogram ? histogram : rows.get(metric);
}

/** The labels that an expression may name. */
function labelsIn(expr: string): Set<string> {
  const recorded = recordedIn(expr).map((name) => recordings.find(({ record }) => record === name));
  return new Set([
    ...selectorsIn(expr).flatMap(({ metric }) => rowOf(metric)?.labels ?? []),
    ...selectorsIn(expr).flatMap(({ metric }) => (metric.endsWith('_bucket') ? ['le'] : [])),
    ...recorded.flatMap((recording) => groupingsIn(recording?.expr ?? '')),
    ...ofTarget,
  ]);
}

test('rules and dashboards ask for metrics that exist', () => {
  const asked = expressions.flatMap((expr) => selectorsIn(expr).map(({ metric }) => metric));
  assert.ok(asked.length > 70, `${asked.length} metrics are asked for`);
  const unknown = asked.filter((metric) => metric !== 'up' && rowOf(metric) === undefined);
  assert.deepEqual(unknown, []);
  const recorded = recordings.map(({ record }) => record);
  const unrecorded = expressions.flatMap(recordedIn).filter((name) => !recorded.includes(name));
  assert.deepEqual(unrecorded, []);
});

test('every metric is looked at by an alert or a dashboard', () => {
  const asked = expressions.flatMap(selectorsIn).map(({ metric }) => rowOf(metric)?.key);
  const unseen = Object.keys(metrics).filter((key) => !asked.includes(key));
  assert.deepEqual(unseen, []);
});

test('expressions name only labels that their metrics have', () => {
  const strange = expressions.flatMap((expr) => {
    const known = labelsIn(expr);
    const matched = selectorsIn(expr).flatMap(({ metric, matchers }) =>
      matchers
        .map(({ label }) => label)
        .filter((label) => ![...(rowOf(metric)?.labels ?? []), ...ofTarget].includes(label)),
    );
    const grouped = groupingsIn(expr).filter((label) => !known.has(label));
    return [...matched, ...grouped].map((label) => `${label} in ${expr}`);
  });
  assert.deepEqual(strange, []);
});

test('a legend names only labels that are left', () => {
  const strange = [...dashboards.values()].flatMap(({ panels }) =>
    panels.flatMap(({ targets = [], title }) =>
      targets.flatMap(({ expr, legendFormat }) =>
        placesIn(legendFormat)
          .filter((label) => !groupingsIn(expr).includes(label))
          .map((label) => `${label} in ${title}`),
      ),
    ),
  );
  assert.deepEqual(strange, []);
});

function placesIn(text: string): string[] {
  return [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, name = '']) => name);
}

test('counters are asked for their increase, gauges for their value', () => {
  const wrong = expressions.flatMap((expr) =>
    selectorsIn(expr)
      .filter(({ metric }) => metric !== 'up')
      .filter(({ metric, within }) => {
        const isCounter = types.get(rowOf(metric)?.key ?? '') !== 'gauge';
        const isListed = expr.startsWith('count by') && within === '';
        return isCounter !== ['rate', 'increase'].includes(within) && !isListed;
      })
      .map(({ metric }) => `${metric} in ${expr}`),
  );
  assert.deepEqual(wrong, []);
});

test('reasons and uses that expressions name exist', () => {
  const known: Readonly<Record<string, readonly string[]>> = {
    fairlead_waiting_services: Object.keys(reasons),
    fairlead_pool_addresses: addressUses,
  };
  const named = expressions
    .flatMap(selectorsIn)
    .flatMap(({ metric, matchers }) =>
      matchers
        .filter(({ label }) => label === 'reason' || label === 'use')
        .flatMap(({ values }) => values.map((value) => ({ metric, value }))),
    );
  assert.ok(named.length > 10);
  const unknown = named.filter(({ metric, value }) => known[metric]?.includes(value) !== true);
  assert.deepEqual(unknown, []);
});

test('an alert has a severity, one sentence, what to do first, and a runbook', () => {
  for (const { alert, labels, annotations } of alerts) {
    assert.match(labels['severity'] ?? '', /^(critical|warning|info)$/, alert);
    const summary = (annotations['summary'] ?? '').replaceAll(/\{\{.*?\}\}/g, '');
    assert.match(summary, /^[^.]+\.$/, alert);
    assert.match(annotations['description'] ?? '', /\b[Ff]irst\b.*\.$/, alert);
    assert.equal(annotations['runbook_url'], `docs/runbooks/${alert}.md`);
  }
});

test('every alert fires in a story, and names only labels that it has', () => {
  const firing = firingInStories();
  assert.deepEqual(
    alerts.map(({ alert }) => alert).filter((alert) => !firing.has(alert)),
    [],
  );
  for (const { alert, annotations } of alerts) {
    const used = [
      ...Object.values(annotations)
        .join(' ')
        .matchAll(/\$labels\.(\w+)/g),
    ];
    const missing = used.map(([, label = '']) => label).filter((l) => !firing.get(alert)?.has(l));
    assert.deepEqual(missing, [], alert);
  }
});

test('every alert has a page, every page an alert, and the list has them all', () => {
  const pages = readdirSync(join(top, 'docs/runbooks')).filter((name) => name !== 'README.md');
  const names = alerts.map(({ alert }) => alert);
  assert.deepEqual(pages.toSorted(), names.map((name) => `${name}.md`).toSorted());
  const list = textOf('docs/runbooks/README.md');
  const listed = [...list.matchAll(/^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \|/gm)];
  assert.deepEqual(
    listed.map(([, name, page, severity]) => [name, page, severity]),
    alerts.map(({ alert, labels }) => [alert, alert, labels['severity']]),
  );
});

test('panels have ids of their own, a place of their own, and the chosen data source', () => {
  const chosen = { type: 'prometheus', uid: '$datasource' };
  for (const [file, { uid, panels, templating }] of dashboards) {
    assert.equal(file, `${uid}.json`);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, file);
    const [first] = templating.list;
    assert.deepEqual([first?.name, first?.type], ['datasource', 'datasource'], file);
    const squares = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      assert.ok(x + w <= 24, file);
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
    });
    assert.equal(new Set(squares).size, squares.length, file);
    for (const { type, datasource, targets = [] } of panels) {
      if (type === 'row') continue;
      assert.ok(targets.length > 0, file);
      assert.deepEqual([datasource, ...targets.map((t) => t.datasource)].filter(isOther), [], file);
    }
  }
  function isOther(datasource: unknown): boolean {
    return JSON.stringify(datasource) !== JSON.stringify(chosen);
  }
});

test('a dashboard asks only with variables that it has', () => {
  for (const [file, dashboard] of dashboards) {
    const known = ['__rate_interval', ...dashboard.templating.list.map(({ name }) => name)];
    const queries = variableQueries(dashboard).map(([metric]) => metric);
    const texts = [...expressionsOf(dashboard), ...queries];
    const used = texts.flatMap((text) => [...text.matchAll(/\$(\w+)/g)].map(([, n = '']) => n));
    assert.ok(used.length > 10, file);
    assert.deepEqual(
      used.filter((name) => !known.includes(name)),
      [],
      file,
    );
  }
});
