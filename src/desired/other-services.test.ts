import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint, EndpointSlice, Service, Vip } from '../model/objects.ts';
import { parseAddress } from '../net/parse-address.ts';
import { desiredFrontends } from './desired-frontends.ts';

const ready = (address: string, more: Partial<Endpoint> = {}): Endpoint => ({
  ...{ address, ready: true, serving: true, terminating: false, node: 'n2', ...more },
});
const ending = { ready: false, terminating: true };

const slice = (service: string, ...endpoints: Endpoint[]): EndpointSlice => ({
  ...{ namespace: 'shop', name: `${service}-1`, service, family: 'IPv4' as const },
  ports: [
    { name: 'http', protocol: 'TCP', port: 8080 },
    { name: 'dns', protocol: 'UDP', port: 5353 },
  ],
  endpoints,
});

const own = slice('web', ready('10.1.0.1'), ready('10.1.0.2'));
const next = slice('next', ready('10.1.1.1'));

/** What Service shop/web desires with these annotations and slices. */
function desired(annotations: Readonly<Record<string, string>>, ...slices: EndpointSlice[]) {
  const ports = [
    { name: 'http', protocol: 'TCP', port: 80 },
    { name: 'dns', protocol: 'UDP', port: 53 },
  ] as const;
  const address = parseAddress('10.99.0.100');
  assert.ok(address.ok);
  const own = Object.entries(annotations).map(([name, value]) => [`fairlead.dev/${name}`, value]);
  const service = {
    ...{ namespace: 'shop', name: 'web', uid: 's1', affinitySeconds: undefined, ports },
    ...{ annotations: Object.fromEntries(own), sourceRanges: [], externalTrafficPolicy: 'Cluster' },
  } as unknown as Service;
  const holder = { namespace: 'shop', name: 'web', uid: 's1', ports };
  const vip = {
    ...{
      name: '10.99.0.100',
      address: address.value,
      pool: 'edge',
      phase: 'Held',
      next: undefined,
    },
    holders: [{ ...holder, leavingSinceMs: undefined }],
  } as unknown as Vip;
  const all = Map.groupBy(slices, (one) => `${one.namespace}/${one.service}`);
  const made = desiredFrontends([vip], {
    services: new Map([['shop/web', service]]),
    slicesOf: all,
    pools: new Map(),
    place: { node: 'n1', zone: 'a' },
    vipNames: new Set(['10.1.1.9']),
  });
  const [frontend] = made.frontends;
  assert.ok(frontend);
  return { frontend, udp: made.flows[0], notes: made.notes };
}

/** `10.1.0.1 weight 99`, with what else a server is. */
const told = ({ frontend }: ReturnType<typeof desired>) =>
  frontend.servers.map(({ address, weight, role, isCanary, state }) =>
    [address, weight ?? '-', role ?? '-', isCanary ? 'canary' : 'own', state].join(' '),
  );

const canary = (percent: string) => ({ 'canary-service': 'next', 'canary-percent': percent });

test('a tenth of the connections goes to one pod, the rest to two', () => {
  const made = desired(canary('10'), own, next);
  const weights = made.frontend.servers.map(({ weight = 1 }) => weight);
  assert.equal((weights[0] ?? 0) * 2, (weights[2] ?? 0) * 9);
  assert.equal(weights[0], weights[1]);
  assert.deepEqual(made.frontend.canary, { service: 'next', percent: 10 });
});

test('0 sends nobody to the canary, 100 leaves the own pods standing by', () => {
  assert.deepEqual(told(desired(canary('0'), own, next)), [
    '10.1.0.1 - - own ready',
    '10.1.0.2 - - own ready',
    '10.1.1.1 0 - canary ready',
  ]);
  assert.deepEqual(told(desired(canary('100'), own, next)), [
    '10.1.0.1 - Spare own ready',
    '10.1.0.2 - Spare own ready',
    '10.1.1.1 - - canary ready',
  ]);
});

test('who serves alone serves all: without a ready canary, and without a ready pod of its own', () => {
  const gone = slice('next', ready('10.1.1.1', ending));
  const alone = ['10.1.0.1 - - own ready', '10.1.0.2 - - own ready'];
  assert.deepEqual(told(desired(canary('50'), own)), alone);
  assert.deepEqual(told(desired(canary('50'), own, gone)), [...alone, '10.1.1.1 - - canary drain']);
  assert.deepEqual(told(desired(canary('50'), next)), ['10.1.1.1 - - canary ready']);
});

test('where pods say their shares themselves the own pods serve alone, a backup beside them', () => {
  const [all, one] = ['agent-check-port', 'agent-check-port.80'].map((name) => ({
    [name]: '8083',
  }));
  const alone = ['10.1.0.1 - - own ready', '10.1.0.2 - - own ready'];
  for (const percent of ['0', '5', '100']) {
    const { frontend } = desired({ ...canary(percent), ...all }, own, next);
    assert.deepEqual([told({ ...desired({}), frontend }), frontend.canary], [alone, undefined]);
  }
  assert.deepEqual(told(desired({ ...canary('5'), ...one }, own, next)), alone);
  const { frontend } = desired({ ...all, 'backup-service': 'next' }, own, next);
  assert.equal(frontend.backup?.servers.length, 1);
});

test('a pod that both Services select is the Service’s own', () => {
  const both = slice('next', ready('10.1.0.2'), ready('10.1.1.1'));
  const names = told(desired(canary('50'), own, both)).map((text) => text.split(' ').slice(0, 4));
  assert.deepEqual(
    names.map((words) => `${words[0]} ${words[3]}`),
    ['10.1.0.1 own', '10.1.0.2 own', '10.1.1.1 canary'],
  );
  const { frontend } = desired(canary('50'), own, slice('next', ready('10.1.0.2')));
  assert.equal(frontend.canary?.problem, 'its pods are those of the Service itself');
});

test('P11: a VIP among the endpoints of the other Service is not dialled either', () => {
  const made = desired(canary('50'), own, slice('next', ready('10.1.1.9'), ready('127.0.0.1')));
  assert.equal(made.frontend.servers.length, 2);
  assert.deepEqual(
    [...new Set(made.notes.map(({ address, why }) => `${address} ${why}`))],
    ['10.1.1.9 is a VIP', '127.0.0.1 is a loopback address'],
  );
});

test('what is wrong with the other Service is said, and the own pods serve on', () => {
  const problem = (annotations: Record<string, string>, ...slices: EndpointSlice[]) => {
    const { frontend } = desired(annotations, own, ...slices);
    assert.equal(frontend.servers.filter(({ isCanary }) => !isCanary).length, 2);
    return (frontend.canary ?? frontend.backup)?.problem;
  };
  const elsewhere = { ...next, namespace: 'blog' };
  assert.match(problem(canary('5'), elsewhere) ?? '', /^no Service of its namespace has that name/);
  const other = { ...next, ports: [{ name: 'web', protocol: 'TCP' as const, port: 80 }] };
  assert.equal(problem(canary('5'), other), 'it has no TCP port named http');
  assert.equal(problem(canary('5'), slice('next')), 'it has no ready endpoint of IPv4');
  assert.equal(problem({ 'backup-service': 'web' }), 'it is the Service itself');
  assert.equal(problem(canary('5'), next), undefined);
});

test('the servers of a backup Service stand apart', () => {
  const { frontend } = desired({ 'backup-service': 'next' }, own, next);
  assert.deepEqual(frontend.backup, {
    service: 'next',
    servers: [{ name: '10-1-1-1_8080', address: '10.1.1.1', port: 8080, state: 'ready' }],
  });
  assert.equal(frontend.servers.length, 2);
});

test('UDP: the backup takes the place of endpoints of which none is ready, and no canary counts', () => {
  const states = (...slices: EndpointSlice[]) =>
    desired({ ...canary('50'), 'backup-service': 'next' }, ...slices).udp;
  const list = (udp: ReturnType<typeof states>) =>
    udp?.endpoints.map(({ address, state }) => `${address} ${state}`);
  const usual = states(own, next);
  assert.deepEqual(list(usual), ['10.1.0.1 ready', '10.1.0.2 ready']);
  assert.deepEqual(usual?.backup, { service: 'next', isServing: false });
  const instead = states(next);
  assert.deepEqual(list(instead), ['10.1.1.1 ready']);
  assert.deepEqual(instead?.backup, { service: 'next', isServing: true });
});
