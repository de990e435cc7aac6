/** One scrape of a node's agent tells what every Service sees there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority } from '../lab/certificates.ts';
import { grantTls, tlsSecret } from '../lab/story/tls.ts';
import { holderOf, liveNodes } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { webUrl } from '../lab/web-url.ts';
import { figureIn, scrape } from './agent-metrics.ts';
import { apply, ownNamespace, servingLab, untilCondition, untilEvent } from './cluster.ts';
import { addressesOf, servedWeb, settingAnnotations, webObjects } from './web.ts';

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

test('a certificate that ends soon is a figure, a condition and an event, until it is renewed', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'ends-soon');
  using authority = new Authority();
  const certify = (days: number) =>
    apply(lab, tlsSecret({ namespace, name: 'soon' }, authority.issue(['soon.test'], days)));
  await grantTls(lab, namespace);
  await certify(10);
  const annotations = settingAnnotations({ 'tls-secrets': 'soon' });
  const web = { name: 'ending', namespace, port: 443, annotations };
  await apply(lab, ...webObjects(web));
  const [address = ''] = await addressesOf(lab, web, 2);
  const of = { resource: 'service', name: web.name, namespace };
  const type = 'fairlead.dev/CertificatesReady';
  const message = /the certificate of Secret soon ends at 20\d\d-/;
  const { reason } = await untilCondition(lab, of, { type, status: 'True', message });
  assert.equal(reason, 'CertificateExpiring');
  await untilEvent(lab, of, { reason });
  const labels = `{pool="edge",namespace="${namespace}",secret="soon"}`;
  const daysLeft = async () => {
    const text = await scrape(await holderOf(lab, address));
    const ends = figureIn(text, `fairlead_certificate_expiry_timestamp_seconds${labels}`);
    return (ends - Date.now() / 1000) / 86_400;
  };
  const left = await daysLeft();
  assert.ok(left > 9.5 && left <= 10, `${left} days`);
  await certify(90);
  await waitFor({ what: 'the figure of the new one', boundSeconds: 30 }, async () => {
    return (await daysLeft()) > 89 || `${await daysLeft()} days`;
  });
  await untilCondition(lab, of, { type, status: 'True', message: /are in use/ });
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
