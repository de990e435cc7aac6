import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type CliVerb, cliFlags, cliVerbs } from '../tables/cli-verbs.ts';
import { runCli } from './run.ts';
import type { Shell } from './shell.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a command line without a cluster. */
async function run(...words: string[]) {
  let out = '';
  let err = '';
  const shell: Shell = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    readStdin: async () => 'kind: Deployment\nmetadata: {name: a}\n',
    readFile: async () => '{',
    hasColour: false,
    version: '1.2.3',
  };
  return { status: await runCli(words, shell), out, err };
}

/** A kubeconfig of a cluster that nobody answers for. */
function deadCluster(): string {
  const file = join(folder, 'dead');
  const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:1' } };
  const context = { name: 'x', context: { cluster: 'c', user: 'u', namespace: 'shop' } };
  const config = { clusters: [cluster], contexts: [context], users: [{ name: 'u', user: {} }] };
  writeFileSync(file, JSON.stringify({ kind: 'Config', 'current-context': 'x', ...config }));
  return file;
}

test('a command line that cannot be understood is exit status 2 and says what to write', async () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['statsu'], /no verb "statsu"/],
    [['status', '--colour'], /Unknown option '--colour'; see fairlead status --help/],
    [['status', 'edge'], /takes no operand/],
    [['status', '-o', 'xml'], /write table\|wide\|json\|yaml/],
    [['explain'], /write service\/NAME, vip\/ADDRESS or pool\/NAME/],
    [['explain', 'vip/10.0.0'], /"10\.0\.0"/],
    [['explain', 'service/Web'], /"Web" names no object/],
    [['plan'], /plan -f FILE or fairlead plan service\/NAME/],
    [['plan', '-f', 'x.yaml', 'web'], /plan -f FILE or/],
    [['plan', '-f', 'x.yaml'], /^fairlead: x\.yaml: /],
    [['plan', '-f', '-'], /neither a VipPool \(fairlead\.dev\/v1alpha1\) nor a Service/],
    [['top', 'web'], /takes no operand/],
    [['top', '--by', 'pod'], /--by is "pod"; write service\|port\|node\|pool/],
    [['top', '--sort-by', 'rps'], /--sort-by is "rps"; write connections\|new\|/],
    [['top', '--seconds', '0'], /--seconds is "0"; write whole seconds from 1 to 60/],
    [['reserve', '10.0.0.1'], /needs --pool/],
    [['reserve', '10.0.0.1', '--pool', 'edge', '--service', 'web'], /--service needs -n/],
    [['release'], /write fairlead release ADDRESS/],
    [['release', '--reservation', '10.0.0.1'], /needs --pool/],
    [['reassign', 'web', '--timeout', 'soon'], /--timeout is "soon"/],
    [['completion', 'tcsh'], /write bash, zsh or fish/],
    [['help', 'me'], /no verb "me"/],
    [['status', '--kubeconfig', join(folder, 'none')], /kubeconfig cannot be read/],
    [['status', '--kubeconfig', deadCluster(), '--context', 'y'], /no context "y"; there are x/],
    [['status', '--kubeconfig', deadCluster(), '--servers', 'here'], /write URLs/],
  ];
  const kubeconfig = ['--kubeconfig', deadCluster()];
  for (const [words, said] of wrong) {
    const isBare = words[0] === 'help' || words.includes('--kubeconfig');
    const { status, err, out } = await run(...words, ...(isBare ? [] : kubeconfig));
    assert.match(err, said, words.join(' '));
    assert.deepEqual([status, out], [2, ''], words.join(' '));
  }
});

test('a cluster that cannot be reached is exit status 3 and says where it was looked for', async () => {
  const { status, err } = await run('status', '--kubeconfig', deadCluster());
  assert.equal(status, 3);
  assert.match(err, /^fairlead: the API server cannot be reached: .*127\.0\.0\.1:1/);
});

test('an error prints no control character of what was typed', async () => {
  const { err } = await run('\x1b[2Jstatus');
  assert.match(err, /"\uFFFD\[2Jstatus"/);
});

test('every verb has help that names its flags, and help needs no cluster', async () => {
  for (const [name, verb] of Object.entries<CliVerb>(cliVerbs)) {
    const { status, out } = await run(name, '--help');
    assert.equal(status, 0);
    for (const flag of Object.keys({ ...verb.flags, ...cliFlags })) {
      assert.ok(out.includes(`--${flag}`), `${name} --${flag}`);
    }
    assert.ok((await run('--help')).out.includes(`  ${name} `), name);
  }
  assert.deepEqual(await run('version'), { status: 0, out: '1.2.3\n', err: '' });
  assert.equal((await run()).status, 2);
});

test('completion: verbs, flags, the words a flag takes; each time with a directive (cobra)', async () => {
  const complete = async (...words: string[]) =>
    (await run('__complete', ...words)).out.split('\n');
  assert.deepEqual(await complete('re'), ['reassign', 'release', 'reserve', ':4', '']);
  assert.deepEqual(await complete('plan', '--f'), ['--filename', ':4', '']);
  assert.deepEqual(await complete('top', '--by', 'p'), ['port', 'pool', ':4', '']);
  assert.deepEqual(await complete('status', '-o', 'j'), ['json', ':4', '']);
  assert.deepEqual(await complete('completion', ''), ['bash', 'zsh', 'fish', ':4', '']);
  assert.deepEqual(await complete('plan', '-f', ''), [':0', ''], 'file names are the shell’s');
  assert.deepEqual(await complete('nonsense', ''), [':4', '']);
  const dead = ['explain', '--kubeconfig', deadCluster(), ''];
  assert.deepEqual(await complete(...dead), [':4', ''], 'nothing is offered, and nothing is said');
});

test('each shell gets a script that asks for candidates', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    assert.match((await run('completion', shell)).out, /fairlead __complete/);
  }
});
