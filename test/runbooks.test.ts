/** Runbooks are read in the night: what they tell to type has to be right. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { poolPaths } from '../src/render/pool-paths.ts';
import { daemonSetName, poolDaemonSet } from '../src/status/pool-daemonset.ts';
import { cliVerbs } from '../src/tables/cli-verbs.ts';
import { metrics } from '../src/tables/metrics.ts';
import { anchor } from '../tools/reference/markdown.ts';
import { aPool } from './build/cluster.ts';
import { textOf } from './monitoring/rules.ts';
import { sources } from './tidy/sources.ts';

const folder = 'docs/runbooks';
const runbooks = readdirSync(folder).map((name) => `${folder}/${name}`);
const pages = new Map([...runbooks, 'monitoring/README.md'].map((path) => [path, textOf(path)]));
const alertPages = [...pages].filter(([path]) => /\/Fairlead\w+\.md$/.test(path));

/** Every match of a pattern's first group over all pages, with the page. */
function found(pattern: RegExp): (readonly [string, string])[] {
  return [...pages].flatMap(([path, text]) =>
    [...text.matchAll(pattern)].map(([, match = '']) => [match, path] as const),
  );
}

/** What a pattern finds, at least so often, and none of what is there. */
function allIn(pattern: RegExp, known: readonly string[], least: number): void {
  const all = found(pattern);
  assert.ok(all.length >= least, `${pattern} is found ${all.length} times`);
  assert.deepEqual(
    all.filter(([match]) => !known.includes(match)),
    [],
  );
}

/** Its name is what a page has where the reader's own goes. */
const pod = poolDaemonSet(
  { ...aPool('pool', ['10.0.0.0/24']), name: 'POOL' },
  {
    ...{ namespace: 'fairlead-nodes', image: 'i', imagePullPolicy: 'Never', defaults: {} },
  },
);
const { template } = pod.spec as {
  template: {
    metadata: { labels: Record<string, string> };
    spec: { containers: { name: string }[] };
  };
};
const chart = ['agent', 'controller', 'namespaces', 'service-accounts']
  .map((name) => textOf(`helm/templates/${name}.yaml`))
  .join('\n');

test('a page says what clients notice, how to look, what to do, and when to leave it', () => {
  for (const [path, text] of alertPages) {
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    const wanted = ['What clients notice', 'Look', 'Causes', 'When it is harmless'];
    assert.deepEqual(headings, wanted, path);
    assert.match(text, new RegExp(`^# ${/(\w+)\.md$/.exec(path)?.[1]}\n`), path);
  }
});

test('verbs of the command line exist', () => {
  allIn(/kubectl fairlead ([a-z-]+)/g, Object.keys(cliVerbs), 20);
});

test('pods are found by labels and names that they have', () => {
  const labels = Object.entries(template.metadata.labels).map((pair) => pair.join('='));
  const components = [...chart.matchAll(/app\.kubernetes\.io\/component: (\w+)/g)].map(
    ([, component]) => `app.kubernetes.io/component=${component}`,
  );
  const ofKubernetes = ['kubernetes.io/service-name=SERVICE'];
  allIn(/ -l ([a-z./=A-Z-]+)/g, [...labels, ...components, ...ofKubernetes], 12);
  const containers = template.spec.containers.map(({ name }) => name);
  allIn(/ -c (?!')([a-z]+)/g, containers, 15);
  allIn(/daemonset (?!fairlead-agent)([\w-]+)/g, [daemonSetName('POOL')], 2);
});

test('namespaces are those of an installation, or of the Service', () => {
  const values = textOf('helm/values.yaml');
  const installed = [...values.matchAll(/^ {4}name: (.*)$/gm)].map(([, name = '']) => name);
  assert.equal(installed.length, 2);
  allIn(/ -n ([\w-]+)/g, [...installed, 'NAMESPACE'], 40);
});

test('files and sockets are where a pool has them', () => {
  const paths = Object.values(poolPaths('POOL'));
  allIn(/(\/run\/fairlead\/POOL\/[\w./-]+)/g, paths, 8);
});

test('fields of objects are fields of the CRDs', () => {
  for (const [kind, least] of [
    ['vipnode', 3],
    ['vippool', 1],
  ] as const) {
    const crd = textOf(`crds/${kind}s.yaml`);
    const status = [...crd.matchAll(/^ {16}(\w+):$/gm)].map(([, field = '']) => field);
    allIn(new RegExp(`get ${kind} \\w+ -o jsonpath='\\{\\.status\\.(\\w+)\\}`, 'g'), status, least);
  }
  const selectable = ['.spec.pool', '.spec.instance'];
  allIn(
    /get vips --field-selector (spec\.\w+)/g,
    selectable.map((path) => path.slice(1)),
    2,
  );
  for (const path of selectable) assert.ok(textOf('crds/vips.yaml').includes(`jsonPath: ${path}`));
});

test('what is to be found in a log is written there', () => {
  const code = sources().filter(({ path }) => path.startsWith('src/'));
  const greps = found(/logs .*\| grep (?:-E )?'?([^'|\n]+(?:\|[^'|\n]+)*)'?/g);
  const events = greps.flatMap(([pattern, path]) =>
    [...pattern.matchAll(/[a-z]+-(?:\([a-z|]+\)|[a-z]+)/g)].flatMap(([event]) =>
      alternatives(event).map((each) => [each, path] as const),
    ),
  );
  assert.ok(events.length >= 15, `${events.length} events`);
  const unwritten = events.filter(
    ([event]) => !code.some(({ text }) => text.includes(`'${event}'`)),
  );
  assert.deepEqual(unwritten, []);
});

/** `instance-(taken|lost)` is two. */
function alternatives(pattern: string): string[] {
  const [, head = '', list] = /^([a-z]+-)\(([a-z|]+)\)$/.exec(pattern) ?? [];
  return list === undefined ? [pattern] : list.split('|').map((tail) => head + tail);
}

test('metrics that are named exist', () => {
  const names = Object.values(metrics).map(({ name }) => name);
  allIn(/\b(fairlead_(?!POOL)\w*[a-z])\b/g, [...names, 'fairlead_service_'], 4);
});

test('links lead somewhere', () => {
  const links = found(/\]\(([^):]+)\)/g).map(([target, path]) => {
    const [file = '', place] = target.split('#');
    return { path, file: file === '' ? path : join(dirname(path), file), place };
  });
  assert.ok(links.length > 60, `${links.length} links`);
  const broken = links.filter(({ file, place }) => {
    if (!existsSync(file)) return true;
    return place !== undefined && !placesOf(textOf(file)).includes(place);
  });
  assert.deepEqual(broken, []);
});

function placesOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading));
}

test('lines are no wider than 130 columns; rows of tables are', () => {
  const more = ['rules/fairlead.yaml', 'rules/fairlead.test.yaml', 'scrape.yaml'];
  const texts = [...pages.keys(), ...more.map((name) => `monitoring/${name}`)];
  const wide = texts.flatMap((path) =>
    textOf(path)
      .split('\n')
      .filter((line) => line.length > 130 && !line.startsWith('|'))
      .map((line) => `${path}: ${line}`),
  );
  assert.deepEqual(wide, []);
});
