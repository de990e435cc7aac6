import assert from 'node:assert/strict';
import { test } from 'node:test';
import { savedState } from './saved-state.ts';

test('what is saved says how servers do, not how they are spoken to', () => {
  const head = '1\n# be_id be_name srv_id srv_name srv_addr and so on, more than twenty words\n';
  const does = '3 shop_web_443 1 10-1-0-7_8080 10.1.0.7 2 0 1 1 4 15 3 2 6 0 0 0 - 9221 -';
  const spoken = '0 9299 - - 9298';
  assert.equal(savedState(`${head}${does} ${spoken}\n\n`), `${head}${does}\n\n`);
});
