import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangeBudget } from './change-budget.ts';

const limits = { perService: 2, perNamespace: 3, windowMilliseconds: 1_000 };

function budgetAt() {
  const clock = { now: 0 };
  return { clock, budget: new ChangeBudget(limits, () => clock.now) };
}

const heldOf = (budget: ChangeBudget, ...changed: string[]) =>
  budget.heldBack(changed).map(({ service }) => service);

test('a Service that changes too often waits, and nobody else does', () => {
  const { clock, budget } = budgetAt();
  for (const now of [0, 100]) {
    clock.now = now;
    assert.deepEqual(heldOf(budget, 'shop/web'), []);
    budget.spend(['shop/web']);
  }
  assert.deepEqual(heldOf(budget, 'shop/web', 'shop/api', 'blog/web'), ['shop/web']);
  assert.match(budget.heldBack(['shop/web'])[0]?.sentence ?? '', /^it changed 2 times within 1 s/);
  clock.now = 1_001;
  assert.deepEqual(heldOf(budget, 'shop/web'), [], 'the first one is long ago');
});

test('many Services of one namespace have one budget', () => {
  const { budget } = budgetAt();
  for (const service of ['shop/a', 'shop/b', 'shop/c']) budget.spend([service]);
  assert.deepEqual(heldOf(budget, 'shop/d', 'blog/web'), ['shop/d']);
});

test('whoever changes together is charged once', () => {
  const { budget } = budgetAt();
  const all = Array.from({ length: 50 }, (_, number) => `shop/${number}`);
  budget.spend(all);
  assert.deepEqual(heldOf(budget, 'shop/51', 'shop/1'), []);
});
