import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  assert.match(text, /ip daddr @vips4 jump guard/);
  assert.match(text, /hook prerouting priority -110; policy accept;/);
});

test('two pools have two tables', () => {
  assert.notEqual(nftTable('edge-a'), nftTable('edge-b'));
  assert.equal(nftTable('edge-a'), 'fairlead_edge_a');
});
