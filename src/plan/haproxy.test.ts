import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import type { DesiredHaproxy, Frontend, Server } from '../desired/desired-node.ts';
import { aFrontend, aPool, aServer, testPaths } from '../render/desired-fixture.ts';
import { renderHaproxy } from '../render/haproxy.ts';
import { isSpare, weightOf } from '../render/haproxy-roles.ts';
import { planHaproxy, unsettledBackends } from './haproxy.ts';
import { HaproxyModel } from './haproxy-model.ts';
import { inRunningRoles, servicesOfOtherRoles } from './server-roles.ts';

const haproxy = (...frontends: Frontend[]): DesiredHaproxy => aPool(frontends).haproxy;

function modelAt(...frontends: Frontend[]): HaproxyModel {
  const model = new HaproxyModel(testPaths);
  model.settle(haproxy(...frontends));
  return model;
}

const kindsOf = (model: HaproxyModel, ...frontends: Frontend[]) =>
  model.plan(haproxy(...frontends)).map((step) => step.kind);

const someServers = fc
  .uniqueArray(
    fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom<Server['state']>('ready', 'drain', 'maint', 'unready'),
    ),
    { selector: ([last]) => last },
  )
  .map((servers) => servers.map(([last, state]) => aServer(last, state)));
const someFrontends = fc
  .uniqueArray(fc.tuple(fc.constantFrom('web', 'api', 'old'), someServers), {
    selector: ([name]) => name,
  })
  .map((frontends) => haproxy(...frontends.map(([name, servers]) => aFrontend(name, ...servers))));

test('from anywhere to anywhere: states, frontends and file end as desired, then plan(x, x) is empty', () => {
  fc.assert(
    fc.property(someFrontends, someFrontends, (before, after) => {
      const model = new HaproxyModel(testPaths);
      model.settle(before);
      const ran = new Set(model.servers().map(({ backend, name }) => `${backend}/${name}`));
      const reloads = model.reloads.length;
      model.settle(after);
      const isKept = (key: string) => ran.has(key) && model.reloads.length === reloads;
      const wanted = after.frontends.flatMap(({ name: backend, servers }) =>
        servers.flatMap(({ name, state }) => {
          const key = `${backend}/${name}`;
          if (state !== 'unready') return [`${key} ${state}`];
          return isKept(key) ? [`${key} maint`] : [];
        }),
      );
      const { frontends } = model.observed();
      const found = model
        .servers()
        .map(({ backend, name, state }) => `${backend}/${name} ${state}`);
      assert.deepEqual(found.toSorted(), wanted.toSorted());
      const open = frontends.filter((frontend) => frontend.enabled).map(({ name }) => name);
      const serving = after.frontends.filter(({ servers }) =>
        servers.some(({ state }) => state !== 'unready'),
      );
      assert.deepEqual(open.toSorted(), serving.map(({ name }) => name).toSorted());
      assert.equal(model.file, renderHaproxy(after, testPaths).text);
      assert.deepEqual(model.plan(after), []);
      assert.deepEqual(unsettledBackends(after, model.observed()), []);
    }),
    propertyRuns(import.meta.filename),
  );
});

test('where nothing may be loaded endpoints change, and the file stays that of what runs', () => {
  const model = modelAt(aFrontend('web', aServer(1)));
  const desired = haproxy(aFrontend('web', aServer(2)));
  const of = { paths: testPaths, fileText: model.file, observed: model.observed(), isHeld: true };
  const held = (structure: string) => {
    const configuration = { ...renderHaproxy(desired, testPaths), structure };
    return planHaproxy({ ...of, desired, configuration }).map(({ kind }) => kind);
  };
  const changes = ['server-add', 'server-ready', 'server-remove'];
  assert.deepEqual(held('another'), changes);
  assert.deepEqual(held(model.observed().structure), ['write-file', ...changes]);
});

test('who is not ready keeps its server, and is checked anew before it has clients (R69)', () => {
  const web = (state: Server['state']) => aFrontend('web', aServer(1), aServer(2, state));
  const model = modelAt(web('ready'));
  assert.deepEqual(kindsOf(model, web('unready')), ['write-file', 'server-maint']);
  model.settle(haproxy(web('unready')));
  assert.deepEqual(kindsOf(model, web('unready')), []);
  assert.deepEqual(kindsOf(model, web('ready')), ['write-file', 'server-recheck']);
  model.settle(haproxy(web('ready')));
  assert.deepEqual(
    model.servers().map(({ usable }) => usable),
    [true, true],
  );
});

test('who was never ready costs nothing, and alone it leaves the port refused (R70)', () => {
  const model = modelAt(aFrontend('web', aServer(1)));
  assert.deepEqual(kindsOf(model, aFrontend('web', aServer(1), aServer(2, 'unready'))), []);
  const alone = aFrontend('web', aServer(1, 'unready'));
  assert.deepEqual(kindsOf(model, alone), ['write-file', 'server-maint', 'frontend-disable']);
  model.settle(haproxy(alone));
  const back = ['write-file', 'server-ready', 'frontend-enable'];
  assert.deepEqual(kindsOf(model, aFrontend('web', aServer(1))), back, 'nobody else serves');
});

test('only a change of frontends reloads (R72)', () => {
  fc.assert(
    fc.property(someFrontends, someFrontends, (before, after) => {
      const model = new HaproxyModel(testPaths);
      model.settle(before);
      const reloads = model.reloads.length;
      model.settle(after);
      const names = (of: DesiredHaproxy) => of.frontends.map((frontend) => frontend.name).join();
      assert.equal(model.reloads.length - reloads, names(before) === names(after) ? 0 : 1);
    }),
    propertyRuns(import.meta.filename),
  );
});

const role = fc.constantFrom<Server['role']>(undefined, 'Spare', 'LastSpare');
const serversWithRoles = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 4 }), role), { selector: ([last]) => last })
  .map((all) => all.map(([last, is]) => aServer(last, 'ready', is && { role: is })));
/** Before and after, by turns or by a hash. */
const someRoles = fc
  .tuple(serversWithRoles, serversWithRoles, fc.constantFrom({}, { affinitySeconds: 60 }))
  .map(([before, after, sharing]) => {
    const withServers = (servers: readonly Server[]) =>
      haproxy({ ...aFrontend('web', ...servers), ...sharing });
    return { before: withServers(before), after: withServers(after), sharing };
  });

test('R73: whatever parts servers play, they end as desired, and only a change of part reloads', () => {
  fc.assert(
    fc.property(someRoles, ({ before, after, sharing }) => {
      const model = new HaproxyModel(testPaths);
      model.settle(before);
      const [was, reloads] = [model.servers(), model.reloads.length];
      model.settle(after);
      const wanted = after.frontends.flatMap(({ servers }) => servers);
      const named = (list: readonly { readonly name: string }[]) =>
        new Map(list.map((one) => [one.name, one]));
      const [running, old] = [named(model.servers()), named(was)];
      for (const server of wanted) {
        const made = { weight: weightOf(server, sharing), isSpare: isSpare(server) };
        assert.partialDeepStrictEqual(running.get(server.name), made);
      }
      const others = wanted.filter((server) => {
        const now = old.get(server.name);
        return now !== undefined && 'isSpare' in now && now.isSpare !== isSpare(server);
      });
      const reasons = others.length === 0 ? [] : [[`ServerRoleChanged ${aFrontend('web').name}`]];
      assert.deepEqual(model.reloads.slice(reloads), reasons);
      assert.deepEqual(model.plan(after), []);
    }),
    propertyRuns(import.meta.filename),
  );
});

test('held back, a change of parts is known by its Service and takes no reload', () => {
  fc.assert(
    fc.property(someRoles, ({ before, after }) => {
      const model = new HaproxyModel(testPaths);
      model.settle(before);
      const [observed, reloads] = [model.observed(), model.reloads.length];
      const frontends = after.frontends.map((frontend) => inRunningRoles(frontend, observed));
      model.settle({ ...after, frontends });
      assert.equal(model.reloads.length, reloads);
      const isOther = servicesOfOtherRoles(after, observed).length > 0;
      model.settle(before);
      model.settle(after);
      assert.equal(model.reloads.length > reloads, isOther);
    }),
    propertyRuns(import.meta.filename),
  );
});

test('weights are brought to what is desired by commands, also those that somebody changed', () => {
  const canary = { isCanary: true } as const;
  const before = aFrontend('web', aServer(1, 'ready', { weight: 19 }), aServer(2, 'ready', canary));
  const after = aFrontend('web', aServer(1, 'ready', { weight: 9 }), aServer(2, 'ready', canary));
  const model = modelAt(before);
  assert.deepEqual(kindsOf(model, after), ['write-file', 'server-weight']);
  model.settle(haproxy(after));
  assert.deepEqual(kindsOf(model, after), []);
  assert.equal(model.reloads.length, 1, 'the first start alone');
  const plain = aFrontend('web', aServer(1));
  const gone = ['write-file', 'server-weight', 'server-remove'];
  assert.deepEqual(kindsOf(model, plain), gone, 'without a canary weights are usual again');
});

test('a backup Service has a backend of its own: its servers come and go without a reload', () => {
  const backed = (...servers: Server[]) => ({
    ...aFrontend('web'),
    backup: { service: 'closed', servers },
  });
  const model = modelAt(backed());
  assert.equal(model.observed().frontends[0]?.enabled, false, 'nobody can answer');
  const added = ['write-file', 'server-add', 'server-ready', 'frontend-enable'];
  assert.deepEqual(kindsOf(model, backed(aServer(9))), added);
  model.settle(haproxy(backed(aServer(9))));
  assert.deepEqual(
    model.servers().map(({ backend }) => backend),
    [`${aFrontend('web').name}.backup`],
  );
  assert.deepEqual(kindsOf(model, backed(aServer(9))), []);
  assert.equal(model.reloads.length, 1, 'the first start alone');
  assert.deepEqual(kindsOf(model, aFrontend('web', aServer(1))).slice(1), [
    'save-server-state',
    'haproxy-reload',
  ]);
});

test('R67: who serves till it ends, or drains, is left the part that it has', () => {
  const model = modelAt(aFrontend('web', aServer(1), aServer(2, 'ready', { role: 'Spare' })));
  const kept = [aServer(1, 'ready', { role: 'Kept' }), aServer(2, 'ready', { role: 'Kept' })];
  assert.deepEqual(kindsOf(model, aFrontend('web', ...kept)), ['write-file']);
  const draining = [aServer(1), aServer(2, 'drain')];
  assert.deepEqual(kindsOf(model, aFrontend('web', ...draining)), ['write-file', 'server-drain']);
});

test('states are saved before a reload, the file is checked before both, and the reasons are named', () => {
  const model = modelAt(aFrontend('old', aServer(1)));
  const steps = model.plan(haproxy(aFrontend('web', aServer(1))));
  assert.deepEqual(
    steps.map((step) => step.kind),
    ['write-file', 'save-server-state', 'haproxy-reload'],
  );
  assert.ok(steps[0]?.kind === 'write-file' && steps[0].check);
  const reasons = [
    'FrontendAdded shop_web_80_192.0.2.10',
    'FrontendRemoved shop_old_80_192.0.2.10',
  ];
  assert.deepEqual(steps[2], { kind: 'haproxy-reload', reasons });
});

test('a second server is checked before it serves', () => {
  const model = modelAt(aFrontend('web', aServer(1)));
  assert.deepEqual(kindsOf(model, aFrontend('web', aServer(1), aServer(2))), [
    'write-file',
    'server-add',
  ]);
});

test('the only server serves unchecked: an unverified pod beats none', () => {
  const model = modelAt(aFrontend('web'));
  assert.deepEqual(kindsOf(model, aFrontend('web', aServer(1))), [
    'write-file',
    'server-add',
    'server-ready',
    'frontend-enable',
  ]);
});

test('a server that replaces the last one is in before that one goes', () => {
  const model = modelAt(aFrontend('web', aServer(1)));
  assert.deepEqual(kindsOf(model, aFrontend('web', aServer(2))), [
    'write-file',
    'server-add',
    'server-ready',
    'server-remove',
  ]);
});

test('draining is a command and changes no file', () => {
  const model = modelAt(aFrontend('web', aServer(1), aServer(2)));
  const draining = aFrontend('web', aServer(1), aServer(2, 'drain'));
  assert.deepEqual(kindsOf(model, draining), ['server-drain']);
});

test('the last endpoint that goes makes the port refuse (R70)', () => {
  const model = modelAt(aFrontend('web', aServer(1)));
  assert.deepEqual(kindsOf(model, aFrontend('web')), [
    'write-file',
    'frontend-disable',
    'server-remove',
  ]);
});

test('while HAProxy is away the file is checked and written, nothing else', () => {
  const desired = haproxy(aFrontend('web', aServer(1)));
  const configuration = renderHaproxy(desired, testPaths);
  const steps = planHaproxy({
    ...{ desired, configuration, paths: testPaths, fileText: '', observed: undefined },
  });
  assert.deepEqual(steps, [
    { kind: 'write-file', file: 'haproxy.cfg', text: configuration.text, check: true },
  ]);
});
