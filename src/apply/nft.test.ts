import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FlowFrontend } from '../desired/desired-node.ts';
import { aPool } from '../render/desired-fixture.ts';
import { NftTable } from './nft.ts';

const dns: FlowFrontend = {
  ...{ protocol: 'UDP', name: 'shop_dns_53_v', service: 'shop/dns', family: 'IPv4' },
  ...{ address: '192.0.2.10', port: 53, endpoints: [], isSticky: false, isDirect: false },
};
const [counter, other] = ['denied_udp_shop_dns_53_v', 'denied_udp_shop_ntp_123_v'];
const pool = (...flows: FlowFrontend[]) => ({ ...aPool([]), flows });
const ntp = { ...dns, name: 'shop_ntp_123_v', port: 123 };

/**
 * An nft that lists what a file has, and answers how often it was asked to. Its kernel counts the
 * tables that it was given, and shows the last.
 */
function fakeNft(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-nft-'));
  const { PATH } = process.env;
  process.env['PATH'] = `${directory}:${PATH}`;
  t.after(() => {
    process.env['PATH'] = PATH;
    rmSync(directory, { recursive: true });
  });
  const [list, asked] = [join(directory, 'list'), join(directory, 'asked')];
  const program = join(directory, 'nft');
  const [chain, loads] = [join(directory, 'chain'), join(directory, 'loads')];
  const shown = `'"name": "fairlead_edge", "handle": %s\\nrules\\n' $(wc -l <${loads})`;
  const refusal = join(directory, 'refusal');
  const load = `cat >/dev/null; cat ${refusal} >&2 && exit 1; echo >>${loads}; printf ${shown} >${chain}`;
  const cases = `case $1$2 in -f-) ${load}; exit ;; -j-s) exec cat ${chain} ;; esac`;
  writeFileSync(program, `#!/bin/sh\n${cases}\necho >>${asked}\n. ${list}\n`);
  writeFileSync(asked, '');
  chmodSync(program, 0o755);
  return {
    list: (script: string) => writeFileSync(list, script),
    asked: () => readFileSync(asked, 'utf8').length,
    ...{ chain, refusal },
    loads: () => readFileSync(loads, 'utf8').length,
  };
}

const listing = (packets: number, name = counter): string =>
  `echo '${JSON.stringify({ nftables: [{ counter: { name, packets, bytes: packets } }] })}'`;

test('nft is asked for its counters at a scrape, before a change, and else never', async (t) => {
  const nft = fakeNft(t);
  const table = new NftTable('edge');
  assert.equal((await table.counts())?.size, 0);
  await table.load(pool());
  await table.counts();
  assert.equal(nft.asked(), 0, 'without UDP');
  nft.list(listing(3));
  await table.load(pool(dns));
  await table.load(pool(dns));
  assert.equal(nft.asked(), 0, 'nothing counted yet, and nothing changed');
  const both = await Promise.all([table.counts(), table.counts()]);
  assert.deepEqual([both[1]?.get(counter)?.packets, nft.asked()], [3, 1], 'two scrapes at once');
  await table.load(pool(dns, ntp));
  nft.list(listing(4));
  assert.equal((await table.counts())?.get(counter)?.packets, 7);
  nft.list(listing(1, other));
  assert.deepEqual([...((await table.counts())?.keys() ?? [])], [other]);
  await table.remove();
  assert.equal((await table.counts())?.size, 0);
});

test('a slow or failing nft leaves counters out, and holds up neither a scrape nor a change', async (t) => {
  const nft = fakeNft(t);
  const table = new NftTable('edge');
  await table.load(pool(dns));
  nft.list(listing(5));
  await table.counts();
  for (const script of ['exec sleep 20', 'exit 1', 'echo no json']) {
    nft.list(script);
    const began = performance.now();
    assert.equal(await table.counts(), undefined, script);
    assert.equal(await table.load(pool(dns, { ...ntp, port: Math.round(began) })), undefined);
    assert.ok(performance.now() - began < 10_000, 'hung');
  }
  nft.list(listing(2));
  assert.equal((await table.counts())?.get(counter)?.packets, 7, 'what was known goes on');
});

test('a table that others took away or replaced is loaded again, and counted', async (t) => {
  const nft = fakeNft(t);
  const table = new NftTable('edge', 0);
  const seen = () => [nft.loads(), table.restores];
  await table.load(pool());
  await table.load(pool());
  assert.deepEqual(seen(), [1, 0], 'nothing happened');
  rmSync(nft.chain);
  await table.load(pool());
  assert.deepEqual(seen(), [2, 1], 'gone');
  const ours = readFileSync(nft.chain, 'utf8');
  writeFileSync(nft.chain, ours.replace('2', '9'));
  await table.load(pool());
  await table.load(pool());
  assert.deepEqual(seen(), [3, 2], 'replaced, once');
  writeFileSync(nft.chain, readFileSync(nft.chain, 'utf8').replace('rules', ''));
  await table.load(pool());
  assert.deepEqual(seen(), [4, 3], 'emptied');
  writeFileSync(nft.chain, `another table, ${readFileSync(nft.chain, 'utf8')}`);
  await table.load(pool());
  assert.deepEqual(seen(), [4, 3], 'tables of others are others’');
  await table.load(pool(dns));
  await table.load(pool(dns));
  assert.deepEqual(seen(), [5, 3], 'a change of ours is no repair');
});

test('events that come one upon the other do not have it looked at each time', async (t) => {
  const nft = fakeNft(t);
  const table = new NftTable('edge');
  await table.load(pool());
  rmSync(nft.chain);
  await table.load(pool());
  assert.deepEqual([nft.loads(), table.restores], [1, 0]);
});

test('one that cannot be loaded again is refused until it can, and counted once', async (t) => {
  const nft = fakeNft(t);
  const table = new NftTable('edge', 0);
  await table.load(pool());
  rmSync(nft.chain);
  writeFileSync(nft.refusal, 'out of memory');
  assert.equal(await table.load(pool()), 'out of memory');
  assert.equal(await table.load(pool()), 'out of memory');
  rmSync(nft.refusal);
  assert.equal(await table.load(pool()), undefined);
  assert.deepEqual([await table.load(pool()), table.restores], [undefined, 1]);
});

test('an nft that cannot say what is there says nothing against it', async (t) => {
  const nft = fakeNft(t);
  const table = new NftTable('edge', 0);
  await table.load(pool());
  rmSync(nft.chain);
  mkdirSync(nft.chain);
  await table.load(pool());
  assert.deepEqual([nft.loads(), table.restores], [1, 0]);
});
