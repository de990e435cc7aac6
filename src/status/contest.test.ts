import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ingress } from '../model/objects.ts';
import {
  afterLook,
  afterWrite,
  type Contest,
  type IngressVersion,
  isNews,
  writableAtMs,
} from './contest.ts';

const at = (ip: string, resourceVersion: string): IngressVersion => {
  const ingress: Ingress[] = [{ ip, ipMode: 'Proxy', ports: [] }];
  return { ingress, resourceVersion };
};
const ours = (version: number) => at('10.40.0.8', String(version));
const theirs = (version: number) => at('192.0.2.7', String(version));

/** A fight of so many rounds, one a second; what it has come to after their last word. */
function fight(rounds: number): { readonly contest: Contest; readonly news: number } {
  let contest = afterWrite(undefined, ours(1));
  let news = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const undone = afterLook(contest, theirs(2 * round), round * 1_000);
    news += isNews(contest, undone) ? 1 : 0;
    contest = round === rounds ? undone : afterWrite(undone, ours(2 * round + 1));
  }
  return { contest, news };
}

test('X7: the first rewrites are answered at once, the next ones later and later', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 20].map((rounds) => {
    const { contest } = fight(rounds);
    return Math.max(writableAtMs(contest) - contest.undoneMs, 0);
  });
  assert.deepEqual(pauses, [0, 0, 0, 5_000, 10_000, 20_000, 300_000]);
});

test('X7: the owner is told once', () => {
  assert.equal(fight(3).news, 0);
  assert.equal(fight(20).news, 1);
});

test('X7: a cache that lags behind our write is nobody’s doing', () => {
  const contest = afterWrite(undefined, ours(7));
  assert.equal(afterLook(contest, at('', '6'), 0).rewrites, 0);
  assert.equal(afterLook(contest, theirs(7), 0).rewrites, 0);
  assert.equal(afterLook(contest, ours(9), 0).rewrites, 0);
});

test('X7: one rewrite counts once, however often it is looked at', () => {
  const contest = afterLook(afterWrite(undefined, ours(1)), theirs(2), 0);
  assert.equal(afterLook(contest, theirs(3), 10).rewrites, 1);
});

test('X7: a fight that has been quiet for ten minutes is over', () => {
  const { contest } = fight(9);
  const later = afterLook(afterWrite(contest, ours(99)), theirs(100), 609_000);
  assert.equal(later.rewrites, 1);
  assert.equal(writableAtMs(later), 0);
});
