import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProcess, parseTraffic } from './traffic.ts';

/** The columns that are read, in HAProxy's order, and one that is not. */
const stat = [
  '# pxname,svname,qcur,qmax,scur,stot,bin,bout,econ,wretr,wredis,act,dcon,dses,req_tot,dreq,hrsp_5xx,rtime,',
  'shop_web_80_192.0.2.10,FRONTEND,,,2,10,100,1000,,,,,3,1,7,2,,,',
  'shop_web_80_192.0.2.10,BACKEND,1,,2,9,100,1000,4,5,6,2,,,7,,3,40,',
  'shop_web_80_2001-db8-0-0-0-0-0-10,FRONTEND,,,1,5,50,500,,,,,0,',
  'shop_web_80_2001-db8-0-0-0-0-0-10,BACKEND,0,,1,5,50,500,0,0,0,1,,,5,,0,20,',
  'shop_web_80_192.0.2.10.clients,BACKEND,0,,0,0,0,0,0,0,0,0,,',
  'shop_web_80_192.0.2.10.port,BACKEND,0,,0,0,0,0,0,0,0,0,,',
  'shop_web_80_192.0.2.10.open,BACKEND,1,,0,3,0,0,10,0,0,9,,,2,,1,10,',
  'blog_web_443_192.0.2.11,FRONTEND,,,0,7,70,700,,,,,0,',
  '',
].join('\n');

test('a port of a Service is one row, its addresses together; helpers are left out', () => {
  const [blog, shop, ...others] = parseTraffic(stat);
  assert.deepEqual(others, []);
  assert.deepEqual([blog?.namespace, blog?.service, blog?.port], ['blog', 'web', '443']);
  assert.deepEqual(shop?.values, {
    ...{ scur: 3, stot: 15, bin: 150, bout: 1500, dcon: 3, dses: 1, req_tot: 7, dreq: 2 },
    // Two servers are well; those of the backend of last resort are not counted among them.
    ...{ qcur: 2, econ: 14, wretr: 5, wredis: 6, act: 2, bck: 0, hrsp_5xx: 4, rtime: 40 },
  });
});

test('what a backup Service serves counts, its servers do not make up for those that are down', () => {
  const [head = ''] = stat.split('\n');
  const lines = [
    head,
    'shop_web_80_192.0.2.10,BACKEND,0,,0,0,0,0,1,0,0,0,,,,,0,,',
    'shop_web_80_192.0.2.10.backup,BACKEND,0,,1,5,50,500,2,0,0,3,,,5,,4,,',
  ];
  const [web] = parseTraffic(lines.join('\n'));
  assert.partialDeepStrictEqual(web?.values, { econ: 3, hrsp_5xx: 4, act: 0, bck: 0 });
});

test('of the process it is read what it does and may do', () => {
  const info = 'Name: HAProxy\nNbthread: 2\nMaxconn: 4915\nCurrConns: 17\nMaxsock: 9908\n';
  const figures = { connections: 17, connectionsMax: 4915, threads: 2, descriptors: 9908 };
  assert.deepEqual(parseProcess(info), figures);
});
