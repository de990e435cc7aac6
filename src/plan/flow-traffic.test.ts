import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counters, countOn, flowTraffic, noCounts, parseCounters } from './flow-traffic.ts';

const counters = (all: Readonly<Record<string, number>>): Counters =>
  new Map(Object.entries(all).map(([name, packets]) => [name, { packets, bytes: packets * 100 }]));
const dns = 'received_udp_shop_dns_53_10.99.0.50';

test('counters are read from what nft lists, by their names; anything else is no answer', () => {
  const counter = { family: 'inet', name: dns, table: 'fairlead_edge', packets: 3, bytes: 99 };
  const text = JSON.stringify({ nftables: [{ metainfo: { version: '1.1.3' } }, { counter }] });
  assert.deepEqual([...(parseCounters(text) ?? [])], [[dns, { packets: 3, bytes: 99 }]]);
  for (const wrong of ['', '{"nftables": [', '{}', 'null']) {
    assert.equal(parseCounters(wrong), undefined);
  }
});

test('a table that is replaced begins its counters again, and the sums go on', () => {
  const first = countOn(noCounts, counters({ [dns]: 7 }));
  const second = countOn(first, counters({ [dns]: 10 }));
  assert.equal(second.total.get(dns)?.packets, 10);
  const replaced = countOn({ ...second, last: new Map() }, counters({ [dns]: 12 }));
  assert.deepEqual(replaced.total.get(dns), { packets: 22, bytes: 2_200 });
  const unnoticed = countOn(replaced, counters({ [dns]: 1 }));
  assert.deepEqual(unnoticed.total.get(dns), { packets: 23, bytes: 2_300 });
});

test('a counter that is no longer there is forgotten: there are as many as the table has', () => {
  const both = countOn(noCounts, counters({ [dns]: 7, other: 1 }));
  assert.deepEqual([...countOn(both, counters({ other: 1 })).total.keys()], ['other']);
});

test('a port of a Service is one row a protocol, its addresses together', () => {
  const rows = flowTraffic(
    counters({
      [dns]: 5,
      'received_udp_shop_dns_53_fd99-0-0-0-0-0-0-50': 2,
      'denied_udp_shop_dns_53_10.99.0.50': 3,
      'flows_udp_shop_dns_53_10.99.0.50': 1,
      'flows_sctp_blog_s1ap_36412_10.99.0.51': 4,
      somebody_elses: 9,
    }),
  );
  const told = rows.map(({ namespace, service, port, protocol, counts }) => {
    const packets = [counts.received, counts.denied, counts.flows].map((count) => count.packets);
    return [`${namespace}/${service}:${port}/${protocol}`, ...packets];
  });
  assert.deepEqual(told, [
    ['blog/s1ap:36412/SCTP', 0, 0, 4],
    ['shop/dns:53/UDP', 7, 3, 1],
  ]);
});
