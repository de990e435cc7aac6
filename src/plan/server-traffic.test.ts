import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serversScrapedMax } from '../tables/limits.ts';
import { parseServerTraffic } from './server-traffic.ts';

const head = '# pxname,svname,qcur,scur,stot,bin,bout,econ,status,chkfail,hrsp_5xx,rtime,';
const stat = (...rows: string[]) => [head, ...rows, ''].join('\n');

test('a pod is one row a port, whichever address of the Service was used', () => {
  const text = stat(
    'shop_web_80_192.0.2.10,10-1-4-7_8080,1,2,10,100,1000,3,UP,4,5,20,',
    'shop_web_80_2001-db8-0-0-0-0-0-10,10-1-4-7_8080,0,1,5,50,500,0,UP 1/2,0,0,40,',
    'shop_web_80_192.0.2.10,10-1-4-8_8080,0,0,0,0,0,0,DOWN,9,0,,',
    'shop_web_80_192.0.2.10,10-1-4-9_8080,0,0,0,0,0,0,no check,0,0,0,',
  );
  const [both, down, unchecked, ...more] = parseServerTraffic(text);
  assert.deepEqual(more, []);
  const of = { namespace: 'shop', service: 'web', port: '80' };
  const counted = { stot: 15, bin: 150, bout: 1500, econ: 3, hrsp_5xx: 5, chkfail: 4 };
  const values = { ...counted, scur: 3, qcur: 1, rtime: 40, up: 1 };
  assert.deepEqual(both, { ...of, server: '10-1-4-7_8080', values });
  assert.deepEqual([down?.values.up, down?.values.chkfail, unchecked?.values.up], [0, 9, 1]);
});

test('one namespace, or one Service, may be asked for', () => {
  const row = (of: string) => `${of}_80_192.0.2.10,a_1,0,0,1,0,0,0,UP,0,0,0,`;
  const text = stat(row('shop_web'), row('shop_api'), row('blog_web'));
  const found = (filter: object) =>
    parseServerTraffic(text, filter).map(({ namespace, service }) => `${namespace}/${service}`);
  assert.deepEqual(found({}), ['blog/web', 'shop/api', 'shop/web']);
  assert.deepEqual(found({ namespace: 'shop' }), ['shop/api', 'shop/web']);
  assert.deepEqual(found({ namespace: 'shop', service: 'web' }), ['shop/web']);
});

test('beyond the bound a port has one row with the sum of its others', () => {
  const rows = Array.from({ length: serversScrapedMax + 30 }, (_, index) => {
    return `a_b_80_192.0.2.10,s${String(index).padStart(5, '0')}_1,0,0,2,0,0,0,UP,0,0,0,`;
  });
  const all = parseServerTraffic(stat(...rows));
  assert.equal(all.length, serversScrapedMax + 1);
  assert.deepEqual([all.at(-1)?.server, all.at(-1)?.values.stot], ['others', 60]);
});
