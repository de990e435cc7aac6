import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frontend } from '../desired/desired-node.ts';
import { aFrontend, aPool, aServer, testPaths } from './desired-fixture.ts';
import { renderHaproxy } from './haproxy.ts';

/** A section of the file for one frontend, by its first line. */
function section(head: string, more: Partial<Frontend> = {}): string {
  const one = { ...aFrontend('web', aServer(1)), ...more };
  const { text } = renderHaproxy(aPool([one]).haproxy, testPaths);
  return text.split(/^(?=\S)/m).find((each) => each.startsWith(`${head}\n`)) ?? '';
}

const backend = (more: Partial<Frontend>) => section(`backend ${aFrontend('web').name}`, more);
const figure = (text: string, word: string) => Number(new RegExp(`${word} (\\d+)`).exec(text)?.[1]);

test('a dead pod is out after at most 1.5 s at the defaults, refusing or silent', () => {
  const text = section('defaults');
  const [connect, fall] = [figure(text, 'timeout connect'), figure(text, 'fall')];
  const refusing = 1000 * figure(text, 'inter') + figure(text, 'fastinter') * (fall - 1);
  assert.ok(refusing <= 1500, String(refusing));
  // What is left of 1.5 s is for HAProxy's own turn.
  assert.ok(refusing + connect * fall <= 1450, String(refusing + connect * fall));
});

test('a client is waited for as long as three attempts of 500 ms', () => {
  const text = section('defaults');
  assert.ok((figure(text, 'retries') + 1) * figure(text, 'timeout connect') >= 1500);
});

test('a server with a handshake before it is connected has longer, and fewer retries', () => {
  const longer = /^ {2}timeout connect 500ms\n {2}retries 2$/m;
  assert.match(backend({ serverTls: {} }), longer);
  assert.match(backend({ settings: { 'health-check': 'TLS' } }), longer);
  assert.match(backend({}), /^backend /);
  assert.doesNotMatch(backend({}), /timeout connect|retries/);
});

test('an owner says how long a server may take; another one is tried all the same', () => {
  const of = (milliseconds: number) =>
    backend({ serverTls: {}, settings: { 'connect-timeout-milliseconds': milliseconds } });
  assert.match(of(1_000), /^ {2}timeout connect 1000ms\n {2}retries 1$/m);
  assert.match(of(60_000), /^ {2}timeout connect 60000ms\n {2}retries 1$/m);
  assert.match(of(50), /^ {2}timeout connect 50ms\n {2}retries 29$/m);
});
