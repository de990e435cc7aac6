import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAgentPod } from './parse-agent-pod.ts';

const pod = (container: object, phase = 'Running') => ({
  metadata: { name: 'fairlead-agent-x', namespace: 'fairlead-nodes', uid: 'u' },
  spec: { nodeName: 'n1', containers: [container] },
  status: { phase },
});

test('an agent listens where its flag says; with a named port others may ask there', () => {
  const args = ['agent', '--http-address=[::1]:7000'];
  const own = { name: 'fairlead-agent-x', node: 'n1' };
  assert.deepEqual(parseAgentPod(pod({ args })), { ...own, port: 7000, isOpen: false });
  const ports = [{ name: 'http', containerPort: 7946 }];
  assert.deepEqual(parseAgentPod(pod({ ports })), { ...own, port: 7946, isOpen: true });
});

test('a pod that does not run is no agent', () => {
  assert.equal(parseAgentPod(pod({}, 'Pending')), undefined);
  assert.equal(parseAgentPod({}), undefined);
});
