/** One scrape of a node's agent tells what every Service sees there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holderOf, liveNodes } from '../lab/story/view.ts';
import { webUrl } from '../lab/web-url.ts';
import { figureIn, scrape } from './agent-metrics.ts';
import { ownNamespace, servingLab, untilCondition } from './cluster.ts';
import { servedWeb } from './web.ts';

test('the holder’s agent counts connections and bytes by Service, and servers that are up', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'traffic');
  const [address = ''] = await servedWeb(lab, { name: 'counted', namespace });
  const client = await lab.client('others');
  for (let request = 0; request < 5; request += 1) {
    await client.exec(['curl', '-sS', '-g', '-m', '5', webUrl(address, 80)]);
  }
  const holder = await holderOf(lab, address);
  const text = await scrape(holder);
  const labels = `{pool="edge",namespace="${namespace}",service="counted",port="80"}`;
  const figure = (name: string) => figureIn(text, `${name}${labels}`);
  assert.ok(figure('fairlead_service_connections_total') >= 5, text.slice(-3_000));
  assert.ok(figure('fairlead_service_sent_bytes_total') > 500);
  assert.equal(figure('fairlead_service_servers_up'), 1);
  assert.equal(figure('fairlead_service_failed_connections_total'), 0);
});

test('each pod by itself, where it is asked for: one Service of one namespace', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'each-pod');
  const [address = ''] = await servedWeb(lab, { name: 'counted', namespace });
  const client = await lab.client('others');
  await client.exec(['curl', '-sS', '-g', '-m', '5', webUrl(address, 80)]);
  const holder = await holderOf(lab, address);
  const ask = (query: string) => scrape(holder, `/servers${query}`);
  const text = await ask(`?namespace=${namespace}&service=counted`);
  const labels = `{pool="edge",namespace="${namespace}",service="counted",port="80",server="[^"]+"}`;
  assert.match(text, new RegExp(`^fairlead_server_up${labels} 1$`, 'm'));
  assert.match(text, new RegExp(`^fairlead_server_connections_total${labels} [1-9]`, 'm'));
  assert.ok(!text.includes('namespace="default"'));
  assert.ok((await ask('')).includes('namespace="default"'), 'without a choice there are all');
});

test('what of a node’s kernel limits HAProxy is a figure, a condition and a note', async () => {
  const lab = await servingLab();
  const [node] = await liveNodes(lab);
  assert.ok(node);
  const figure = async (metric: string) => figureIn(await scrape(node), metric);
  const file = '/proc/sys/net/ipv4/tcp_tw_reuse';
  const before = (await node.exec(['cat', file])).trim();
  assert.equal(await figure('fairlead_node_tcp_tw_reuse'), Number(before));
  const room = await figure('fairlead_haproxy_descriptors_max{pool="edge"}');
  const need = await figure('fairlead_haproxy_descriptors{pool="edge"}');
  assert.ok(need > 1_000 && need <= room, `${need} of ${room}`);
  const of = { resource: 'vipnode', name: node.name };
  const set = (value: string) => node.exec(['sh', '-c', `echo ${value} >${file}`]);
  try {
    await set('1');
    await untilCondition(lab, of, { type: 'KernelSuitable', status: 'True', message: /nothing/ });
    await set('2');
    const message = /tcp_tw_reuse is 2: .* set it to 1/;
    await untilCondition(lab, of, { type: 'KernelSuitable', status: 'False', message });
  } finally {
    await set(before);
  }
});
