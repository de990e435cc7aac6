import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/format-address.ts';
import { parseName } from './object-name.ts';

function told(...operands: string[]): string {
  const named = parseName(operands, 'here');
  switch (named.kind) {
    case 'vip':
      return `vip ${formatAddress(named.address)}`;
    case 'pool':
      return `pool ${named.name}`;
    default:
      return `service ${named.namespace}/${named.name}`;
  }
}

test('an operand is read as people write it', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['web'], 'service here/web'],
    [['service/web'], 'service here/web'],
    [['svc', 'web'], 'service here/web'],
    [['shop/web'], 'service shop/web'],
    [['10.0.0.1'], 'vip 10.0.0.1'],
    [['vip/2001:db8::1'], 'vip 2001:db8::1'],
    [['vips', '10.0.0.1'], 'vip 10.0.0.1'],
    [['VipPool/edge'], 'pool edge'],
    [['pool', 'edge'], 'pool edge'],
  ];
  for (const [operands, wanted] of cases) assert.equal(told(...operands), wanted);
});

test('what names nothing is refused with what to write', () => {
  for (const operands of [[], ['a/b/c'], ['node', 'n1'], ['vip/web'], ['a', 'b', 'c']]) {
    assert.throws(() => told(...operands), { name: 'CliError', exit: 2 }, operands.join(' '));
  }
});
