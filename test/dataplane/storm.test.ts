// Many changes under load; `npm run bench -- changes` makes a thousand of them.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Agent } from './agent-process.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { storm } from './storm.ts';

const skip = missing() ?? false;

suite('changes without loss', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    agent = await rig.serve(node);
  });
  after(() => rig.close());

  test('40 changes of endpoints and 5 of a Service cost nobody else a request', async (t) => {
    const seen = await storm({ rig, node, agent }, { endpointChanges: 40, serviceChanges: 5 });
    t.diagnostic(JSON.stringify(seen));
    assert.deepEqual(seen.tcp.failures, {});
    assert.deepEqual(seen.http.failures, {}, 'what rests between two requests may be closed');
    assert.ok(seen.tcp.ok > 100 && seen.http.ok > 100, 'there was load');
    assert.equal(seen.long.cut, 0);
    assert.equal(seen.reloads, 5);
  });
});
