import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aPool, aService, aSnapshot } from '../../test/build/cluster.ts';
import { serviceOf } from '../../test/build/picture.ts';
import { decided } from '../allocate/allocate.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { annotations } from '../tables/names.ts';
import { sentence } from '../tables/reasons.ts';
import { type PoolVerdict, poolVerdicts } from './pool-verdicts.ts';
import { settle } from './settle.ts';

const gold = { priority: 1, namespaceSelector: { matchLabels: { tier: 'gold' } } };

function verdictsOf(snapshot: ClusterSnapshot, key: string): readonly PoolVerdict[] {
  const draft = decided(snapshot);
  const service = serviceOf(snapshot, key);
  const namespace = draft.namespaces.get(service.namespace);
  const asking = { service, namespace, spaces: draft.spaces };
  return poolVerdicts({ draft, asking, outcome: draft.outcomes.get(service.uid) });
}

const told = (verdicts: readonly PoolVerdict[]) =>
  verdicts.map(({ pool, verdict, code, addresses }) => [pool, verdict, code ?? addresses.join()]);

test('every pool is told, in the order it is looked at, with the reason of its own (A18–A22)', () => {
  const pools = [
    aPool('any-b', ['10.40.0.0/30']),
    aPool('any-a', ['10.40.1.1']),
    aPool('gold', ['10.40.2.0/30'], { spec: gold }),
    aPool('spare', ['10.40.3.0/30'], { spec: { assignment: 'OnRequest' } }),
    aPool('wrong', ['10.40.4.9-10.40.4.1']),
  ];
  const services = ['shop/a', 'shop/b'].map((key, i) => aService(key, { ageSeconds: 9 - i }));
  const verdicts = verdictsOf(aSnapshot({ pools, services }), 'shop/b');
  assert.deepEqual(told(verdicts), [
    ['any-a', 'refuses', 'PoolExhausted'],
    ['any-b', 'holds', '10.40.0.0'],
    ['gold', 'passed', ''],
    ['spare', 'passed', ''],
    ['wrong', 'passed', ''],
  ]);
  assert.match(verdicts[2]?.sentence ?? '', /does not select the namespace/);
  assert.match(verdicts[3]?.sentence ?? '', /on request only/);
  assert.match(verdicts[4]?.sentence ?? '', /not valid/);
});

test('a better pool that came later could give, but the Service keeps what it has (A46)', () => {
  const services = [aService('shop/a')];
  const before = settle(aSnapshot({ pools: [aPool('plain', ['10.40.0.0/30'])], services }));
  const better = aPool('better', ['10.40.1.0/30'], { spec: { priority: 1 } });
  const pools = [...before.snapshot.pools, better];
  const verdicts = verdictsOf({ ...before.snapshot, pools }, 'shop/a');
  assert.deepEqual(told(verdicts), [
    ['better', 'could', '10.40.1.0'],
    ['plain', 'holds', '10.40.0.0'],
  ]);
  assert.match(verdicts[0]?.sentence ?? '', /keeps what it has/);
});

test('a request is told of the pool it is about; the others are not asked (A27–A29)', () => {
  const pools = [aPool('edge', ['10.40.0.0/30']), aPool('lab', ['10.40.1.0/30'])];
  const holder = aService('shop/a', {
    ageSeconds: 500,
    annotations: { [annotations.addresses]: '10.40.0.1' },
  });
  const asking = (wish: Record<string, string>) =>
    aSnapshot({ pools, services: [holder, aService('blog/b', { annotations: wish })] });
  assert.deepEqual(told(verdictsOf(asking({ [annotations.addresses]: '10.40.0.1' }), 'blog/b')), [
    ['edge', 'refuses', 'AddressTaken'],
    ['lab', 'passed', ''],
  ]);
  const other = { [annotations.addresses]: '10.40.0.2', [annotations.pool]: 'lab' };
  assert.deepEqual(told(verdictsOf(asking(other), 'blog/b')), [
    ['edge', 'refuses', 'AddressInOtherPool'],
    ['lab', 'refuses', 'AddressInOtherPool'],
  ]);
  assert.deepEqual(told(verdictsOf(asking({ [annotations.pool]: 'gone' }), 'blog/b')), [
    ['edge', 'passed', ''],
    ['lab', 'passed', ''],
  ]);
});

test('trying a pool changes nothing of the decision', () => {
  const pools = [aPool('edge', ['10.40.0.0/31']), aPool('spare', ['10.40.1.0/29'])];
  const services = ['shop/a', 'shop/b', 'shop/c', 'shop/d', 'shop/e'].map((key) => aService(key));
  const draft = decided(aSnapshot({ pools, services }));
  const before = structuredClone({ ...draft });
  for (const service of services) {
    const asking = { service, namespace: undefined, spaces: draft.spaces };
    poolVerdicts({ draft, asking, outcome: draft.outcomes.get(service.uid) });
  }
  assert.deepEqual({ ...draft }, before);
});

test('what a waiting Service is told is what its pools say, word for word', () => {
  const size = fc.integer({ min: 0, max: 3 });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 8 }), (first, second, count) => {
      const pools = [
        aPool('a', [`10.40.0.0-10.40.0.${first}`]),
        aPool('b', [`10.40.1.0-10.40.1.${second}`], { spec: { quotas: quota(second) } }),
      ];
      const services = Array.from({ length: count }, (_, i) =>
        aService(`shop/s${i}`, { ageSeconds: 100 - i }),
      );
      const { snapshot, allocation } = settle(aSnapshot({ pools, services }));
      for (const { namespace, name, uid } of snapshot.services) {
        const outcome = allocation.outcomes.get(uid);
        const verdicts = verdictsOf(snapshot, `${namespace}/${name}`);
        const holding = verdicts.filter(({ verdict }) => verdict === 'holds');
        assert.equal(holding.length, outcome?.kind === 'granted' ? 1 : 0);
        if (outcome?.kind !== 'refused') continue;
        const text = sentence(outcome.reason);
        for (const each of verdicts) assert.ok(text.includes(each.sentence), each.sentence);
      }
    }),
    { numRuns: 15 },
  );
});

function quota(maxAddresses: number) {
  return [{ namespaceSelector: {}, maxAddresses }];
}
