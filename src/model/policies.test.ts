import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aService } from '../../test/build/cluster.ts';
import { parsePolicy, withPolicies } from './policies.ts';
import { servable } from './servable.ts';
import { effectiveSettings, serviceSettings, settingFields } from './service-settings.ts';

const policy = parsePolicy({
  metadata: { namespace: 'shop', name: 'web', uid: '1', resourceVersion: '1' },
  spec: { balance: 'LeastConnections', protocol: 'HTTP', maxRequestBytes: 100, odd: 'x' },
});
const service = (annotations: Readonly<Record<string, string>>, namespace = 'shop') => ({
  ...aService(`${namespace}/web`),
  annotations,
});
const named = { 'fairlead.dev/policy': 'web' };

test('a Service has its policy’s settings where its own annotations say nothing', () => {
  assert.ok(policy);
  const own = { ...named, 'fairlead.dev/balance': 'First' };
  const [known = service({})] = withPolicies([service(own)], [policy]);
  const { settings, problems } = serviceSettings(known);
  assert.deepEqual(problems, []);
  assert.deepEqual(settings, { balance: 'First', protocol: 'HTTP', 'max-request-bytes': 100 });
  const pool = {
    serviceDefaults: settingFields({ protocol: 'TCP', compression: 'Enabled' }),
    serviceLimits: settingFields({ maxRequestBytes: 50 }),
  };
  const effective = effectiveSettings(settings, pool);
  assert.deepEqual(effective.settings, {
    ...{ balance: 'First', protocol: 'HTTP', compression: 'Enabled', 'max-request-bytes': 50 },
  });
});

test('a policy of another namespace is none, and without its policy a Service is closed', () => {
  assert.ok(policy);
  const [stranger = service({})] = withPolicies([service(named, 'blog')], [policy]);
  assert.deepEqual(serviceSettings(stranger).settings, {});
  const { ports, refusal } = servable(stranger);
  assert.deepEqual(ports, []);
  assert.match(
    String(refusal?.data['problem']),
    /VipPolicy "web", named by annotation \S+policy, does not exist in namespace blog: create it/,
  );
});

test('Services that name no policy are the very same objects', () => {
  const services = [service({})];
  assert.equal(withPolicies(services, []), services);
  const [first] = withPolicies([service({}), service(named)], []);
  assert.deepEqual(first, services[0]);
});
