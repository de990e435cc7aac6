import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type SettingRow,
  settingAnnotation,
  settingField,
  settingNames,
  settings,
} from '../tables/settings.ts';
import {
  allowed,
  effectiveSettings,
  serviceSettings,
  settingFields,
  settingOf,
  settingsOfPort,
} from './service-settings.ts';

const read = (annotations: Readonly<Record<string, string>>) => serviceSettings({ annotations });

test('every example of the table is a value of its setting, and every bound holds', () => {
  for (const name of settingNames) {
    const row = settings[name];
    const annotation = settingAnnotation(name);
    assert.deepEqual(read({ [annotation]: ` ${row.example} ` }).problems, [], name);
    assert.match(allowed(row), /\w/);
    const wrong = ['nonsense at all!', '-1'];
    if (row.kind === 'count')
      wrong.push('99999999999', String(row.min - 1), String(row.max + 1), '1.5');
    for (const text of wrong) {
      const { settings: set, problems } = read({ [annotation]: text });
      assert.deepEqual([set, problems.length], [{}, 1], `${name}: ${text}`);
    }
  }
});

test('a wrong value is named with what is allowed, and the others count', () => {
  const { settings: set, problems } = read({
    'fairlead.dev/balance': 'leastconn',
    'fairlead.dev/health-check': 'HTTP',
  });
  assert.deepEqual(set, { 'health-check': 'HTTP' });
  const [problem] = problems;
  assert.equal(problem?.code, 'AnnotationInvalid');
  assert.match(JSON.stringify(problem), /fairlead\.dev\/balance.*one of RoundRobin, Least/);
});

const pool = {
  serviceDefaults: settingFields({ balance: 'LeastConnections', idleTimeoutSeconds: 60, odd: 1 }),
  serviceLimits: settingFields({ idleTimeoutSeconds: 600, maxConnectionsPerClient: 10 }),
};
const effective = (annotations: Readonly<Record<string, string>>) =>
  effectiveSettings(read(annotations).settings, pool);

test('what is the default anyway makes no other configuration', () => {
  const { settings: own } = read({
    'fairlead.dev/balance': 'RoundRobin',
    'fairlead.dev/idle-timeout-seconds': '86400',
    'fairlead.dev/health-check-path': '/',
  });
  assert.deepEqual(effectiveSettings(own, undefined), { settings: {}, limited: [] });
});

test('a pool’s defaults count where the Service says nothing, its limits always', () => {
  assert.deepEqual(effective({}).settings, {
    balance: 'LeastConnections',
    'idle-timeout-seconds': 60,
    'max-connections-per-client': 10,
  });
  const { settings: set, limited } = effective({
    'fairlead.dev/balance': 'RoundRobin',
    'fairlead.dev/idle-timeout-seconds': '7200',
    'fairlead.dev/max-connections-per-client': '5',
  });
  assert.deepEqual(set, { 'idle-timeout-seconds': 600, 'max-connections-per-client': 5 });
  assert.deepEqual(limited, [{ name: 'idle-timeout-seconds', asked: 7200, limit: 600 }]);
});

/** What Services that say nothing have, where their pool limits every setting that it can. */
function limitedTo(bound: 'min' | 'max') {
  const limits = settingNames.flatMap((name) => {
    const row: SettingRow = settings[name];
    return row.kind === 'count' ? [[settingField(name), row[bound]] as const] : [];
  });
  const serviceLimits = settingFields(Object.fromEntries(limits));
  assert.equal(Object.keys(serviceLimits).length, limits.length);
  return effectiveSettings({}, { serviceDefaults: {}, serviceLimits });
}

test('limits switch nothing on: they stand in for "no limit" and lower defaults', () => {
  const without = settingNames.filter((name) => {
    const row: SettingRow = settings[name];
    return row.kind === 'count' && row.isUnlimited === true;
  });
  assert.deepEqual(without.toSorted(), [
    ...['connections-per-second', 'connections-per-second-per-client', 'max-connections'],
    ...['max-connections-per-client', 'max-connections-per-server', 'max-request-bytes'],
    'requests-per-second-per-client',
  ]);
  const { settings: high, limited } = limitedTo('max');
  assert.deepEqual([Object.keys(high).toSorted(), limited], [without.toSorted(), []]);
  const lowered = settingNames.filter((name) => {
    const row: SettingRow = settings[name];
    return row.kind === 'count' && row.default !== undefined && row.default > row.min;
  });
  const low = Object.keys(limitedTo('min').settings);
  assert.deepEqual(low.toSorted(), [...without, ...lowered].toSorted());
});

test('a limit counts for what is asked, and a port is no more than another', () => {
  const asked = { 'hsts-seconds': 600, 'agent-check-port': 8083, 'health-check-port': 8081 };
  const limits = { 'hsts-seconds': 60, 'agent-check-port': 1, 'health-check-port': 1 };
  const pool = { serviceDefaults: {}, serviceLimits: limits };
  assert.deepEqual(effectiveSettings(asked, pool), {
    settings: { ...asked, 'hsts-seconds': 60 },
    limited: [{ name: 'hsts-seconds', asked: 600, limit: 60 }],
  });
});

test('what no schema would let pass sets nothing in a pool', () => {
  assert.deepEqual(settingFields({ balance: 'odd', idleTimeoutSeconds: -1 }), {});
  assert.deepEqual(settingFields(undefined), {});
});

test('nothing that could end a word of a configuration is a path or a host', () => {
  for (const text of ['/a b', '/a\nserver x', '/#', '/"', "/'", '/\\', 'healthz', '/{}']) {
    assert.deepEqual(read({ 'fairlead.dev/health-check-path': text }).settings, {}, text);
  }
  for (const text of ['a b', '-a', 'a\r\nX: y', '']) {
    assert.deepEqual(read({ 'fairlead.dev/health-check-host': text }).settings, {}, text);
  }
});

test('a port may have settings of its own, which go before those of all ports', () => {
  const own = serviceSettings({
    annotations: {
      'fairlead.dev/balance': 'First',
      'fairlead.dev/balance.443': 'LeastConnections',
      'fairlead.dev/idle-timeout-seconds.443': '60',
      'fairlead.dev/balance.80': 'nonsense',
    },
  });
  assert.deepEqual(own.settings, { balance: 'First' });
  assert.deepEqual(settingsOfPort(own, 443), {
    ...{ balance: 'LeastConnections', 'idle-timeout-seconds': 60 },
  });
  assert.deepEqual(settingsOfPort(own, 80), { balance: 'First' });
  assert.match(JSON.stringify(own.problems), /annotation fairlead\.dev\/balance\.80/);
  assert.equal(own.problems.length, 1);
});

test('what protects, or names things of the Service, is of all its ports', () => {
  for (const name of settingNames) {
    const row: SettingRow = settings[name];
    const found = settingOf(`${settingAnnotation(name)}.443`);
    if (row.isGuard === true) assert.deepEqual(found, { name: undefined, guard: name });
    else assert.deepEqual(found, row.isOwn === true ? { name: undefined } : { name, port: 443 });
  }
  const { settings: set, ports, problems } = read({ 'fairlead.dev/tls-profile.443': 'Modern' });
  assert.deepEqual([set, ports, problems.length], [{}, undefined, 1], 'it is named');
  assert.deepEqual(settingOf('fairlead.dev/balance.0'), { name: undefined });
});
