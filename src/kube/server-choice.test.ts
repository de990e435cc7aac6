import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerChoice } from './server-choice.ts';

test('stays with the server that works, and goes round those that fail', () => {
  const choice = new ServerChoice(['https://a:6443/', 'https://b', 'https://c']);
  assert.equal(choice.current, 'https://a:6443');
  choice.failed('https://a:6443');
  assert.equal(choice.current, 'https://b');
  choice.failed('https://b');
  choice.failed('https://c');
  assert.equal(choice.current, 'https://a:6443');
});

test('two calls that failed on one server move on by one', () => {
  const choice = new ServerChoice(['https://a', 'https://b']);
  choice.failed('https://a');
  choice.failed('https://a');
  assert.equal(choice.current, 'https://b');
});

test('refuses to choose among none', () => {
  assert.throws(() => new ServerChoice([]), /at least one/);
});
