/** Prometheus judges alerts and their stories, scrape configurations, dashboards, and /metrics. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { flowText } from '../src/loop/flow-traffic.ts';
import { trafficText } from '../src/loop/traffic-text.ts';
import { createMetrics } from '../src/observe/metrics.ts';
import { flowTraffic } from '../src/plan/flow-traffic.ts';
import { parseTraffic } from '../src/plan/traffic.ts';
import { metrics } from '../src/tables/metrics.ts';
import { metricUses } from '../tools/reference/metric-uses.ts';
import { type CommandOutcome, outcomeOf } from './lab/command.ts';
import { promtool } from './lab/promtool.ts';
import { dashboards, expressionsOf } from './monitoring/dashboards.ts';
import { textOf } from './monitoring/rules.ts';

const program = await promtool();
const top = join(import.meta.dirname, '..');

async function accepts(args: readonly string[], stdin = ''): Promise<void> {
  const said = await judged(args, stdin);
  assert.equal(said.status, 0, `${said.stdout}\n${said.stderr}`);
}

function judged(args: readonly string[], stdin = ''): Promise<CommandOutcome> {
  return outcomeOf([program, ...args], { cwd: top, stdin });
}

/** A file that only lives as long as a test. */
function written(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-promtool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file.yaml');
  writeFileSync(path, text);
  return path;
}

test('the rules are rules', async () => {
  await accepts(['check', 'rules', 'monitoring/rules/fairlead.yaml']);
});

test('every alert fires when it should, alone, and stays silent when it should not', async () => {
  await accepts(['test', 'rules', 'monitoring/rules/fairlead.test.yaml']);
});

test('the scrape configurations are configurations', async (t) => {
  for (const name of ['scrape', 'scrape-on-node']) {
    const { rule_files: _, ...rest } = parse(textOf(`monitoring/${name}.yaml`), { merge: true });
    // Debian's build has no Kubernetes discovery; what it finds is shown by scrape.test.ts.
    for (const job of rest.scrape_configs) delete job.kubernetes_sd_configs;
    await accepts(['check', 'config', written(t, stringify(rest))]);
  }
  const wrong = written(t, 'scrape_configs: [{job_name: x, honour_labels: true}]\n');
  assert.equal((await judged(['check', 'config', wrong])).status, 1);
});

test('what dashboards ask is PromQL', async (t) => {
  const all = [...dashboards.values()].flatMap(expressionsOf);
  assert.ok(all.length > 40);
  const rules = all.map((expr, index) => ({
    record: `panel${index}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }));
  const groups = [{ name: 'panels', rules }];
  await accepts(['check', 'rules', '--lint=none', written(t, stringify({ groups }))]);
});

/** A counter and a gauge of HAProxy, as its socket gives them. */
const stat = [
  '# pxname,svname,qcur,qmax,scur,stot,bin,bout,econ,wretr,wredis,act,dcon,',
  'shop_web_80_192.0.2.10,FRONTEND,,,2,10,100,1000,,,,,3,',
  'shop_web_80_192.0.2.10,BACKEND,1,,2,9,100,1000,4,5,6,2,,',
].join('\n');

test('Prometheus reads what an agent and a controller say, and finds no fault with it', async () => {
  const all = createMetrics();
  const types = new Map(metricUses(top).map(({ metric, type }) => [metric, type]));
  for (const [key, row] of Object.entries(metrics)) {
    const labels = Object.fromEntries(row.labels.map((label) => [label, 'x']));
    if (row.name.startsWith('fairlead_service_')) continue;
    if (types.get(key) === 'counter') all.counter(row).inc(labels);
    else if (types.get(key) === 'gauge') all.gauge(row).set(labels, 1);
    else all.histogram(row).observe(labels, 1);
  }
  const count = { packets: 7, bytes: 700 };
  const flows = flowTraffic(new Map([['flows_udp_shop_dns_53_192.0.2.10', count]]));
  const text =
    (await all.text()) +
    trafficText(new Map([['edge', parseTraffic(stat)]])) +
    flowText(new Map([['edge', flows]]));
  assert.equal(text.match(/^# TYPE /gm)?.length, Object.keys(metrics).length);
  await accepts(['check', 'metrics'], text);
});
