import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageText, plainPaint } from './page.ts';
import { topReport } from './top-report.ts';
import { bytesText, topLines } from './top-text.ts';
import { parseTrafficSamples } from './traffic-samples.ts';

type Figures = Readonly<Record<string, number>>;

/** An agent's metrics: by `namespace/service:port` what is counted of it. */
function metricsText(ports: Readonly<Record<string, Figures>>): string {
  const lines = Object.entries(ports).flatMap(([key, figures]) => {
    const [, namespace, service, port] = /^(.*)\/(.*):(.*)$/.exec(key) ?? [];
    const labels = `pool="edge",namespace="${namespace}",service="${service}",port="${port}"`;
    return Object.entries(figures).map(([name, value]) => `fairlead_${name}{${labels}} ${value}`);
  });
  return ['# HELP fairlead_synced x', 'fairlead_synced 1', ...lines, ''].join('\n');
}

const agent = (
  node: string,
  before: Readonly<Record<string, Figures>>,
  after: Readonly<Record<string, Figures>>,
) => ({
  ...{ node, seconds: 2 },
  before: parseTrafficSamples(metricsText(before)),
  after: parseTrafficSamples(metricsText(after)),
});

const connections = (total: number, open = 0): Figures => ({
  service_connections_total: total,
  service_open_connections: open,
});
const byService = { by: 'service', order: 'connections', namespace: null } as const;

test('rates are what came between two looks, over all nodes and ports of a Service', () => {
  const one = agent(
    'n1',
    { 'shop/web:80': connections(100), 'shop/web:443': connections(10) },
    { 'shop/web:80': connections(120, 3), 'shop/web:443': connections(14, 1) },
  );
  const two = agent('n2', { 'shop/web:80': connections(5) }, { 'shop/web:80': connections(5) });
  const [row, ...more] = topReport([one, two], byService).rows;
  assert.deepEqual(more, []);
  assert.deepEqual(
    [row?.name, row?.openConnections, row?.connectionsPerSecond, row?.nodes],
    ['shop/web', 4, 12, ['n1']],
  );
  const ports = topReport([one, two], { ...byService, by: 'port' }).rows;
  assert.deepEqual(
    ports.map(({ name, connectionsPerSecond }) => [name, connectionsPerSecond]),
    [
      ['shop/web:80', 10],
      ['shop/web:443', 2],
    ],
  );
});

test('a reload between the looks starts the counters again: nothing is negative', () => {
  const reloaded = agent('n1', { 'a/b:1': connections(1_000) }, { 'a/b:1': connections(6) });
  assert.equal(topReport([reloaded], byService).rows[0]?.connectionsPerSecond, 3);
});

test('of UDP there are new flows, what clients sent, and what was denied, beside TCP of its port', () => {
  const udp = 'pool="edge",namespace="a",service="dns",port="53",protocol="UDP"';
  const now = [
    metricsText({ 'a/dns:53': connections(4, 1) }),
    `fairlead_service_flows_total{${udp}} 20`,
    `fairlead_service_flow_bytes_total{${udp}} 1000`,
    `fairlead_service_flow_packets_total{${udp}} 40`,
    `fairlead_service_denied_packets_total{${udp}} 6`,
  ];
  const after = parseTrafficSamples(now.join('\n'));
  const both = { node: 'n1', seconds: 2, before: parseTrafficSamples(''), after };
  const { rows } = topReport([both], { ...byService, by: 'port' });
  const told = rows.map((r) => [
    r.name,
    r.openConnections,
    r.connectionsPerSecond,
    r.deniedPerSecond,
  ]);
  assert.deepEqual(told, [['a/dns:53', 1, 12, 3]]);
  assert.equal(rows[0]?.receivedBytesPerSecond, 500);
});

test('requests are told only where some were ever counted', () => {
  const of = (requests: number) =>
    topReport([agent('n1', {}, { 'a/b:1': { service_requests_total: requests } })], byService)
      .rows[0]?.requestsPerSecond;
  assert.deepEqual([of(0), of(8)], [null, 4]);
});

test('rows are sorted by what is asked for, equal ones by name; one namespace may be asked for', () => {
  const now = {
    'b/slow:1': { service_failed_connections_total: 4 },
    'a/busy:1': connections(0, 9),
    'b/idle:1': connections(0),
  };
  const names = (order: 'connections' | 'errors' | 'name', namespace: string | null = null) =>
    topReport([agent('n1', {}, now)], { by: 'service', order, namespace }).rows.map((r) => r.name);
  assert.deepEqual(names('connections'), ['a/busy', 'b/idle', 'b/slow']);
  assert.deepEqual(names('errors'), ['b/slow', 'a/busy', 'b/idle']);
  assert.deepEqual(names('name', 'b'), ['b/idle', 'b/slow']);
});

test('a screen has the first rows and says how many are left; wide has all', () => {
  const ports = Object.fromEntries(
    Array.from({ length: 45 }, (_, index) => [`a/s${index}:80`, connections(0, index)]),
  );
  const report = { ...topReport([agent('n1', {}, ports)], byService), unread: ['n2 is silent'] };
  const text = pageText(topLines(report, 'normal'), plainPaint);
  assert.match(text, /^SERVICE +OPEN +NEW\/S/);
  assert.match(text, /\na\/s44 +44 +0 +- /);
  assert.match(text, /and 5 more: -o wide shows them\nnot shown: n2 is silent\n$/);
  assert.match(pageText(topLines(report, 'wide'), plainPaint), /\na\/s0 /);
});

test('bytes have at most three digits and a unit', () => {
  const texts = [0, 7, 999.6, 1_000, 9_940, 34_400_000, 2e15].map(bytesText);
  assert.deepEqual(texts, ['0B', '7B', '1000B', '1.0kB', '9.9kB', '34MB', '2000TB']);
});
