// The PROXY protocol of load balancers in front, in both versions and as broken as it may come:
// who is believed is whom a header names, and nobody else is.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Frontend, Server } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4, vip6 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const pod = server('10.99.0.1', 9241);
const pod6: Server = { name: 'six_9241', address: 'fd99::1', port: 9241, state: 'ready' };
const request = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** A header of version 2 (the protocol's specification, 2.2): command, family, addresses. */
function v2(command: 'LOCAL' | 'PROXY', family: number, addresses: string): Buffer {
  const body = Buffer.from(addresses.replaceAll(' ', ''), 'hex');
  const head = Buffer.from([command === 'LOCAL' ? 0x20 : 0x21, family, 0, body.length]);
  return Buffer.concat([signature, head, body]);
}
const tcp4 = (client: string) => v2('PROXY', 0x11, `${client} 0a630032 04d2 0050`);
const tcp6 = (client: string) =>
  v2('PROXY', 0x21, `${client} fd990000000000000000000000000050 04d2 0050`);
const clients = `shop_web_80_${vip4}`;
const client6 = '20010db8000000000000000000000007';

suite('PROXY protocol from load balancers in front', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    const pods = join(import.meta.dirname, 'web-pods.ts');
    rig.start(rig.client, process.execPath, pods, 'http', rig.directory, '9241');
    const six = 'TCP6-LISTEN:9241,bind=[fd99::1],fork,reuseaddr';
    rig.start(rig.client, 'socat', six, 'TCP4:10.99.0.1:9241');
    agent = await rig.serve(node);
    await trusting(['10.99.0.0/16']);
    await until('it serves', () => told(Buffer.from('PROXY UNKNOWN\r\n')) !== '');
  });
  after(() => rig.close());

  const trusting = async (proxies: readonly string[], more: Partial<Frontend> = {}) => {
    const http = { serverProtocol: 'HTTP1' } as const;
    const one: Frontend = { ...frontend(80, [pod]), http, proxies, ...more };
    const six: Frontend = { ...frontend(80, [pod6]), http, proxies: ['fd99::/64'] };
    const other: Frontend = { ...six, name: 'shop_six_80', family: 'IPv6', address: vip6 };
    const { refusals } = await agent.apply(desiredFor(node, rig.nodes, [one, other]));
    assert.deepEqual(refusals, []);
  };

  /** What is answered to a header and a request after it; '' when the connection just ends. */
  function told(header: Buffer, to: string = vip4): string {
    const file = join(rig.directory, 'said');
    writeFileSync(file, Buffer.concat([header, request]));
    // In one write: HAProxy takes a header that comes in parts for none.
    const talk = `exec 3<>/dev/tcp/${to}/80; cat ${file} >&3; timeout 5 cat <&3; exit 0`;
    return rig.run(rig.client, 'bash', '-c', `{ ${talk}; } 2>/dev/null`);
  }
  /** A client who says no more than this, and stays. */
  function held(header: Buffer): ChildProcess {
    const file = join(rig.directory, 'held');
    writeFileSync(file, header);
    const talk = `exec 3<>/dev/tcp/${vip4}/80; cat ${file} >&3; exec cat <&3`;
    return rig.start(rig.client, 'bash', '-c', talk);
  }
  /** Who the pod hears the client is. */
  const heard = (header: Buffer, to?: string) =>
    /"x-forwarded-for":"([^"]*)"/.exec(told(header, to))?.[1];

  test('version 2: an IPv4 and an IPv6 client', () => {
    assert.equal(heard(tcp4('c0000207')), '192.0.2.7');
    assert.equal(heard(tcp6(client6)), '2001:db8::7');
    assert.equal(heard(tcp6(client6), vip6), '2001:db8::7', 'and through a VIP of IPv6');
    assert.equal(heard(tcp4('c0000207'), vip6), '192.0.2.7');
  });

  test('version 1: an IPv6 client', () => {
    const line = `PROXY TCP6 2001:db8::7 ${vip6} 1234 80\r\n`;
    assert.equal(heard(Buffer.from(line)), '2001:db8::7');
  });

  test('version 2: whom it names is denied, as one who connects is', async () => {
    await trusting(['10.99.0.0/16'], { denied: ['192.0.2.66/32'] });
    assert.equal(heard(tcp4('c0000207')), '192.0.2.7');
    assert.equal(told(tcp4('c0000242')), '');
    await trusting(['10.99.0.0/16']);
  });

  test('whom it names is denied or allowed by networks of either family', async () => {
    const who = { four: tcp4('c0000207'), bad4: tcp4('c0000242'), six: tcp6(client6) };
    const all = { ...who, bad6: tcp6('20010db80bad00000000000000000007') };
    const served = async (more: Partial<Frontend>) => {
      await trusting(['10.99.0.0/16'], more);
      return Object.entries(all).flatMap(([name, header]) => {
        return told(header).includes('200 OK') ? [name] : [];
      });
    };
    const denied = ['192.0.2.66/32', '2001:db8:bad::/48'];
    assert.deepEqual(await served({ denied }), ['four', 'six']);
    assert.deepEqual(await served({ denied: ['::/0'] }), ['four', 'bad4']);
    assert.deepEqual(await served({ sources: ['192.0.2.7/32', '2001:db8::/48'] }), ['four', 'six']);
    assert.deepEqual(await served({ sources: ['0.0.0.0/0'] }), ['four', 'bad4']);
    assert.deepEqual(await served({ sources: ['::/0'] }), ['six', 'bad6']);
    assert.deepEqual(await served({ sources: ['0.0.0.0/0', '2001:db8:bad::/48'], denied }), [
      'four',
    ]);
    await trusting(['10.99.0.0/16']);
  });

  test('limits for each client, and its server, count for clients of either family', async () => {
    const limits = { 'max-connections-per-client': 1 } as const;
    await trusting(['10.99.0.0/16'], { settings: limits, affinitySeconds: 600 });
    for (const [key, header] of [
      ['2001:db8::7', tcp6(client6)],
      ['::ffff:192.0.2.7', tcp4('c0000207')],
    ] as const) {
      const first = held(header);
      const uses = () => rig.cli(node, `show table ${clients}.clients key ${key}`);
      await until(`${key} is counted`, () => uses().includes('conn_cur=1'));
      assert.equal(told(header), '', `${key} has one already`);
      first.kill('SIGKILL');
      await until(`${key} is gone`, () => uses().includes('conn_cur=0'));
      assert.match(told(header), /200 OK/);
      assert.match(rig.cli(node, `show table ${clients}`), new RegExp(`key=${key} .*server_id=`));
    }
    await trusting(['10.99.0.0/16']);
  });

  test('LOCAL and UNKNOWN: the client is the load balancer itself', () => {
    const own = '10.99.0.1';
    assert.equal(heard(v2('LOCAL', 0x00, '')), own);
    assert.equal(heard(Buffer.from('PROXY UNKNOWN\r\n')), own);
  });

  test('what HAProxy 3.0 takes for broken, though the protocol allows it, ends as well', () => {
    assert.equal(
      told(v2('LOCAL', 0x11, 'c0000207 0a630032 04d2 0050')),
      '',
      'LOCAL with addresses',
    );
    assert.equal(told(v2('PROXY', 0x00, '')), '', 'a family that is none');
    const named = 'PROXY UNKNOWN 192.0.2.7 10.99.0.50 1234 80\r\n';
    assert.equal(told(Buffer.from(named)), '', 'UNKNOWN with addresses');
  });

  test('a header that is broken, or none at all, ends the connection', () => {
    const broken = {
      'no header': Buffer.from(''),
      'no address': Buffer.from('PROXY TCP4 nobody 10.99.0.50 1234 80\r\n'),
      'no end of line': Buffer.from(`PROXY TCP4 ${'1'.repeat(120)}`),
      'another version': Buffer.concat([signature, Buffer.from([0x31, 0x11, 0, 0])]),
      'addresses cut short': v2('PROXY', 0x11, 'c0000207 0a63'),
      'a signature that is none': Buffer.from('0d0a0d0a000d0a515549540b21110000', 'hex'),
    };
    for (const [what, header] of Object.entries(broken)) {
      assert.doesNotMatch(told(header), /200 OK/, what);
    }
    assert.equal(heard(tcp4('c0000207')), '192.0.2.7', 'and the next one is served');
  });

  test('from elsewhere no header is believed, in either version', async () => {
    await trusting(['10.98.0.0/16']);
    await until('no header is expected', () => told(Buffer.from('')).includes('200 OK'));
    const line = Buffer.from('PROXY TCP4 192.0.2.7 10.99.0.50 1234 80\r\n');
    for (const header of [line, tcp4('c0000207')]) {
      assert.doesNotMatch(told(header), /200 OK|192\.0\.2\.7/);
    }
    await trusting(['10.99.0.0/16']);
  });
});
