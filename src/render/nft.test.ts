import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowFrontend } from '../desired/desired-node.ts';
import { aFrontend, anInstance, aPool } from './desired-fixture.ts';
import { nftTable, renderNft, renderNftRemoval } from './nft.ts';

test('protocol 112 with a VRID of ours is taken from its members only', () => {
  const text = renderNft(aPool([], anInstance('10.99.0.12', '10.99.0.13')));
  const rule = 'meta l4proto 112 @th,8,8 51 ip saddr != { 10.99.0.12,10.99.0.13 } counter drop';
  assert.ok(text.includes(rule));
  assert.ok(text.includes('@th,8,8 51 meta nfproto ipv6 counter drop'));
});

test('a lone node takes none at all', () => {
  assert.match(renderNft(aPool([], anInstance())), /@th,8,8 51 counter drop\n/);
});

test('the table is replaced in one transaction and removed without an error when it is not there', () => {
  assert.match(
    renderNft(aPool([])),
    /^table inet fairlead_edge\ndelete table inet fairlead_edge\n/,
  );
  assert.equal(
    renderNftRemoval('edge'),
    'table inet fairlead_edge\ndelete table inet fairlead_edge\n',
  );
});

test('a VIP is open on the ports of its frontends, and guarded on every other', () => {
  const text = renderNft(aPool([aFrontend('web')], anInstance()));
  assert.ok(text.includes('elements = {\n      192.0.2.10 . 6 . 80\n'), text);
  assert.match(text, /ip daddr @vips4 .*jump guard/);
  assert.match(text, /hook prerouting priority -110; policy accept;/);
});

test('two pools have two tables', () => {
  assert.notEqual(nftTable('edge-a'), nftTable('edge-b'));
  assert.equal(nftTable('edge-a'), 'fairlead_edge_a');
});

test('what passes by on its way to a VIP of another node is not judged by the guard (R49)', () => {
  const lines = renderNft(aPool([aFrontend('web')], anInstance())).split('\n');
  const judged = lines.filter((line) => line.includes('jump guard'));
  assert.equal(judged.length, 4, 'two families, two hooks');
  for (const line of judged) assert.match(line, /@vips[46] fib daddr type local jump guard$/);
  // The price of a look-up is for what begins, and goes to a VIP.
  for (const hook of ['prerouting', 'output']) {
    const rules = lines.slice(lines.indexOf(`  chain guard_${hook} {`) + 2);
    assert.equal(rules[0]?.trim(), 'ct state established,related accept');
  }
});

test('the source NAT judges datagrams of the own pool only, and gives an endpoint no own address', () => {
  const direct: FlowFrontend = {
    ...{ protocol: 'UDP', name: 'shop_dns_53_v', service: 'shop/dns', family: 'IPv4' },
    ...{ address: '192.0.2.10', port: 53, isSticky: false, isDirect: true },
    endpoints: [
      { address: '10.1.0.7', port: 5353, state: 'ready', isLocal: true },
      { address: '10.1.1.7', port: 5353, state: 'ready', isLocal: false },
    ],
  };
  const text = renderNft({ ...aPool([], anInstance()), flows: [direct] });
  const rules = text.split('\n').filter((line) => line.endsWith('masquerade'));
  assert.equal(rules.length, 4);
  for (const rule of rules) assert.match(rule, / ct original ip6? daddr @flow_vips[46] /);
  const elements = (name: string) =>
    new RegExp(`set ${name} {[^}]*elements = {([^}]*)}`).exec(text)?.[1]?.trim();
  assert.equal(elements('flow_vips4'), '192.0.2.10');
  assert.equal(elements('flows_direct4'), '10.1.0.7');
  assert.equal(elements('flows_to_self4'), '10.1.0.7 . 10.1.0.7');
});
