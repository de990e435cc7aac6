import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentKinds } from './agent-kinds.ts';

test('a Vip whose status alone changed is the same to an agent (R17)', () => {
  const metadata = { name: '10.0.0.8', uid: 'u', generation: 3 };
  const spec = { address: '10.0.0.8', pool: 'edge', instance: '10.0.0.0-24.100', phase: 'Held' };
  const { project } = agentKinds('n1').vips;
  const conditions = [{ type: 'Programmed', status: 'True' }];
  const before = project({ metadata, spec });
  const after = project({ metadata, spec, status: { node: 'n2', services: 'a/b', conditions } });
  assert.deepEqual(after, before);
  assert.equal(before?.generation, 3);
});
