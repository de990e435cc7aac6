import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  byBackend,
  parseChecks,
  parseFrontends,
  parseServersState,
  parseStructure,
  whyDown,
} from './observed.ts';

// Said by HAProxy 3.0.11; shortened to the columns up to status where they are many.
const header =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight ' +
  'srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state ' +
  'srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl';
const state = (operational: number, admin: number, result: number, health = 2) =>
  `3 shop_web_80_192.0.2.10 2 10-1-0-1_8080 10.1.0.1 ${operational} ${admin} 1 1 0 6 ${result} ${health} 6 0 0 0 - 8080 - 0 0 - - 0`;

for (const [line, expected] of [
  [state(2, 0, 3), { state: 'ready', usable: true, checked: true }],
  [state(1, 0, 3), { state: 'ready', usable: true, checked: true }],
  [state(0, 0, 2), { state: 'ready', usable: false, checked: true }],
  [state(2, 8, 0), { state: 'drain', usable: false, checked: false }],
  [state(2, 8, 3), { state: 'drain', usable: false, checked: true }],
  // It passed, and was told to be ill since: it waits for a check.
  [state(0, 8, 3, 0), { state: 'drain', usable: false, checked: false }],
  [state(0, 8, 2, 0), { state: 'drain', usable: false, checked: true }],
  [state(0, 1, 0), { state: 'maint', usable: false, checked: false }],
] as const) {
  test(`a server is read: ${line.split(' ').slice(5, 13).join(' ')}`, () => {
    const names = { backend: 'shop_web_80_192.0.2.10', backendId: Number(line.split(' ')[0]) };
    const own = { agent: false, weight: 1, isSpare: false };
    const server = { ...names, name: '10-1-0-1_8080', ...expected, ...own };
    assert.deepEqual(parseServersState(`1\n${header}\n${line}\n\n`), [server]);
  });
}

test('the weight that runs is read, and from the first one whether a server is a spare', () => {
  const of = (weight: number, first: number) =>
    parseServersState(state(2, 0, 3).replace(' 0 1 1 0 ', ` 0 ${weight} ${first} 0 `))[0];
  assert.partialDeepStrictEqual(of(99, 1), { weight: 99, isSpare: false });
  assert.partialDeepStrictEqual(of(256, 256), { weight: 256, isSpare: true });
  assert.partialDeepStrictEqual(of(0, 2), { weight: 0, isSpare: true });
  assert.partialDeepStrictEqual(of(256, 0), { weight: 256, isSpare: false });
});

test('it is read whether a pod is asked for its state', () => {
  const line = state(2, 8, 3).replace('2 6 0 0 0 -', '2 6 30 0 0 -');
  assert.equal(parseServersState(`1\n${header}\n${line}\n\n`)[0]?.agent, true);
});

test('a server that is as it was is the same object, and another one when anything changed', () => {
  const first = parseServersState(state(2, 0, 3));
  const again = (line: string) => parseServersState(line, byBackend(first))[0];
  assert.equal(again(state(2, 0, 3)), first[0]);
  assert.deepEqual(again(state(2, 8, 3)), { ...first[0], state: 'drain', usable: false });
});

test('what is not a server is passed over', () => {
  assert.deepEqual(parseServersState('1\n# be_id be_name\n\n'), []);
  assert.deepEqual(parseServersState(''), []);
});

test('frontends are read by the name of the column, and only OPEN ones take connections', () => {
  const text =
    '# pxname,svname,qcur,status,weight\na,FRONTEND,,OPEN,\nb,FRONTEND,,PAUSED,\nb,BACKEND,0,UP,1\n\n';
  assert.deepEqual(parseFrontends(text), [
    { name: 'a', enabled: true },
    { name: 'b', enabled: false },
  ]);
});

test('the running structure is read, and a foreign description is none of ours', () => {
  assert.equal(
    parseStructure('Name: HAProxy\ndescription: 0123456789abcdef\nTasks: 1\n'),
    '0123456789abcdef',
  );
  assert.equal(parseStructure('description: my proxy\n'), '');
  assert.equal(parseStructure(''), '');
});

test('of each server it is told what its last check came to', () => {
  const text = [
    '# pxname,svname,status,check_status,check_code,last_chk,',
    'shop_web_80_192.0.2.10,10-1-0-7_8080,UP,L4OK,,,',
    'shop_web_80_192.0.2.10,10-1-0-8_8080,DOWN,* L4CON,,Connection refused,',
    'shop_web_80_192.0.2.10,10-1-0-9_8080,DOWN,L7STS,503,Service Unavailable,',
    '',
  ].join('\n');
  assert.deepEqual(
    [...parseChecks(text)],
    [
      ['10-1-0-7_8080', 'L4OK'],
      ['10-1-0-8_8080', 'L4CON: Connection refused'],
      ['10-1-0-9_8080', 'L7STS 503: Service Unavailable'],
    ],
  );
});

test('a check that passes is not said to be why a server is down', () => {
  assert.equal(whyDown('L7STS 200: OK'), 'L7STS 200: OK');
  assert.match(
    whyDown('L7OK 200'),
    /passive-check.* it is back after health-check-rise .*: L7OK 200$/,
  );
});
