// Clients who connect and say nothing: where a handshake or a PROXY header is owed they are sent
// away, where the bytes are the pods' they may rest.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, suite, test } from 'node:test';
import { type KeyName, keyFile } from '../../src/tables/key-file.ts';
import { Authority } from '../lab/certificates.ts';
import type { Agent } from './agent-process.ts';
import { echoPod } from './conversation.ts';
import { desiredFor, frontend, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const key: KeyName = { kind: 'certificate', namespace: 'shop', secret: 'shop' };

suite('silent clients', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    agent = await rig.serve(node);
  });
  after(() => rig.close());

  /** Connects, says nothing, and ends when the other side does. */
  const silent = (port: number): ChildProcess =>
    rig.start(rig.client, 'bash', '-c', `exec 3<>/dev/tcp/${vip4}/${port}; exec cat <&3`);
  const open = (port: number): number => {
    const words = ['-tnH', 'state', 'established', 'dst', vip4, 'dport', '=', String(port)];
    return rig.run(rig.client, 'ss', ...words).split('\n').length - 1;
  };

  test('one who owes a handshake or a PROXY header is sent away, one who may rest is not', async () => {
    using authority = new Authority();
    const { certificate, key: secret } = authority.issue(['shop.test']);
    const pod = echoPod(rig, 9251);
    const wanted = [
      frontend(80, [pod]),
      { ...frontend(81, [pod]), proxies: ['10.99.0.0/16'] },
      { ...frontend(443, [pod]), tls: { certificates: [key] } },
    ];
    const keys = [{ kind: 'certificate', file: keyFile(key), text: certificate + secret }] as const;
    const { steps } = await agent.apply(desiredFor(node, rig.nodes, wanted), keys);
    for (const { step, ok, detail } of steps) assert.ok(ok, `${step.kind}: ${detail}`);
    const ports = [80, 81, 443];
    await until('all are connected', () => {
      for (const port of ports) if (open(port) === 0) silent(port);
      return ports.every((port) => open(port) > 0);
    });
    await until('those who owe something are sent away', () => open(81) + open(443) === 0);
    assert.ok(open(80) > 0, 'the one who may rest');
  });
});
