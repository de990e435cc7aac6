import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aFrontend, aPool, aServer, testPaths } from '../render/desired-fixture.ts';
import { renderHaproxy } from '../render/haproxy.ts';
import { culprit } from './culprit.ts';

const frontends = [aFrontend('api', aServer(1)), aFrontend('web', aServer(2))];
const { text } = renderHaproxy(aPool(frontends).haproxy, testPaths);
const lineOf = (content: string) =>
  text.split('\n').findIndex((line) => line.includes(content)) + 1;

test('a line in a frontend or in its backend names the frontend', () => {
  for (const content of ['default_backend shop_web', 'server 10-1-0-2_8080']) {
    const alert = `[ALERT] (9) : config : parsing [/run/haproxy.cfg.candidate:${lineOf(content)}] : 'bind' : bad`;
    assert.equal(culprit(alert, text, frontends)?.service, 'shop/web');
  }
});

test('what is wrong with a backup Service is the Service’s that names it', () => {
  const backup = { service: 'closed', servers: [aServer(9)] };
  const backed = [aFrontend('api', aServer(1)), { ...aFrontend('web', aServer(2)), backup }];
  const { text: lines } = renderHaproxy(aPool(backed).haproxy, testPaths);
  const line = lines.split('\n').findIndex((each) => each.includes('server 10-1-0-9')) + 1;
  const alert = `[ALERT] (9) : config : parsing [/run/haproxy.cfg.candidate:${line}] : bad`;
  assert.equal(culprit(alert, lines, backed)?.service, 'shop/web');
  const named = '[ALERT] (9) : Proxy shop_web_80_192.0.2.10.backup: bad';
  assert.equal(culprit(named, lines, backed)?.service, 'shop/web');
});

test('without a line the first of our names counts', () => {
  const alert =
    '[ALERT] (9) : Binding for proxy shop_web_80_192.0.2.10: cannot bind socket for [192.0.2.10:80]';
  assert.equal(culprit(alert, text, frontends)?.service, 'shop/web');
});

test('a line in the settings of all blames nobody', () => {
  assert.equal(culprit('[ALERT] parsing [/run/haproxy.cfg:3] : bad', text, frontends), undefined);
  assert.equal(culprit('[ALERT] out of memory', text, frontends), undefined);
});
