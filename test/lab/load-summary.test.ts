import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSample, type Sample, summarize } from './load-summary.ts';

test('the longest gap is between two completions, not two starts', () => {
  const samples = [ok(0, 10, 'a'), ok(10, 200, 'a'), ok(20, 210, 'a')];
  assert.equal(summarize(samples, { fromMs: 0, toMs: 210 }).longestGapMs, 190);
});

test('a gap that began before the window counts whole', () => {
  const samples = [ok(0, 5, 'a'), ok(300, 305, 'b')];
  assert.equal(summarize(samples, { fromMs: 100, toMs: 305 }).longestGapMs, 300);
});

test('an outage that lasts until the end is a gap', () => {
  assert.equal(summarize([ok(0, 5, 'a')], { fromMs: 0, toMs: 900 }).longestGapMs, 895);
});

test('without any answer the whole window is the gap', () => {
  const result = summarize([failed(0, 100, 'connect-timeout')], { fromMs: 0, toMs: 500 });
  assert.equal(result.longestGapMs, 500);
  assert.equal(result.failed, 1);
});

test('requests that ended before the window are not counted', () => {
  const samples = [failed(0, 100, 'closed'), failed(90, 190, 'connect-timeout'), ok(150, 160, 'a')];
  const result = summarize(samples, { fromMs: 150, toMs: 200 });
  assert.equal(result.requests, 2);
  assert.deepEqual(result.failures, { 'connect-timeout': 1 });
});

test('replicas are counted, and when each answered last', () => {
  const samples = [ok(0, 10, 'a'), ok(10, 30, 'b'), ok(20, 25, 'a')];
  const result = summarize(samples, { fromMs: 0, toMs: 30 });
  assert.deepEqual(result.perReplica, { a: 2, b: 1 });
  assert.deepEqual(result.lastSeen, { a: 25, b: 30 });
});

test('a client that was itself held up shows it', () => {
  const samples = [ok(0, 5, 'a'), ok(400, 405, 'a')];
  assert.equal(summarize(samples, { fromMs: 0, toMs: 405 }).longestPauseMs, 400);
});

test('lines of the client are read, others are not', () => {
  assert.deepEqual(parseSample('1.50 2.50 ok web-1'), ok(1.5, 2.5, 'web-1'));
  assert.deepEqual(parseSample('1 2 fail ECONNREFUSED'), failed(1, 2, 'ECONNREFUSED'));
  assert.equal(parseSample('(node:1) Warning: something'), undefined);
});

function ok(startMs: number, endMs: number, replica: string): Sample {
  return { startMs, endMs, outcome: { kind: 'ok', replica } };
}

function failed(startMs: number, endMs: number, why: string): Sample {
  return { startMs, endMs, outcome: { kind: 'failed', why } };
}
