import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aServer, testPaths } from '../render/desired-fixture.ts';
import { serverOptions } from '../render/haproxy-settings.ts';
import { commands, isRuntime, type Step, stepText } from './step.ts';

const named = { backend: 'shop_web_80_192.0.2.10', server: '10-1-0-1_8080' };

test('a new server is checked while it gets nothing, and has every option of its own', () => {
  const step = {
    kind: 'server-add',
    backend: named.backend,
    family: 'IPv4',
    server: aServer(1),
    options: serverOptions({}, testPaths),
  } as const;
  assert.deepEqual(commands(step), [
    'add server shop_web_80_192.0.2.10/10-1-0-1_8080 10.1.0.1:8080 check inter 1s fastinter 50ms downinter 1s ' +
      'fall 2 rise 1 observe layer4 error-limit 3 on-error mark-down',
    'set server shop_web_80_192.0.2.10/10-1-0-1_8080 state drain',
    'enable health shop_web_80_192.0.2.10/10-1-0-1_8080',
  ]);
});

test('a server is removed the sure way: maint, a moment to end, sessions, wait, delete', () => {
  assert.equal(
    stepText({ kind: 'server-remove', ...named }),
    'set server shop_web_80_192.0.2.10/10-1-0-1_8080 state maint; ' +
      'wait 300ms srv-removable shop_web_80_192.0.2.10/10-1-0-1_8080; ' +
      'shutdown sessions server shop_web_80_192.0.2.10/10-1-0-1_8080; ' +
      'wait 2s srv-removable shop_web_80_192.0.2.10/10-1-0-1_8080; ' +
      'del server shop_web_80_192.0.2.10/10-1-0-1_8080',
  );
});

test('a pod is asked for its state once it serves, and no longer before it is taken out', () => {
  const [ready, drain] = (['server-ready', 'server-drain'] as const).map((kind) =>
    commands({ kind, ...named, agent: true }).map((text) => text.split(' ').slice(0, 2).join(' ')),
  );
  assert.deepEqual(ready, ['set server', 'enable agent']);
  assert.deepEqual(drain, ['disable agent', 'set server']);
});

test('a reload prints its reasons', () => {
  const step: Step = { kind: 'haproxy-reload', reasons: ['FrontendAdded shop_web_80_192.0.2.10'] };
  assert.equal(stepText(step), 'reload haproxy: FrontendAdded shop_web_80_192.0.2.10');
  assert.equal(isRuntime(step), false);
});

test('a file prints whether it is checked, never its text', () => {
  const step: Step = { kind: 'write-file', file: 'haproxy.cfg', text: 'global', check: true };
  assert.equal(stepText(step), 'write haproxy.cfg (checked)');
});
