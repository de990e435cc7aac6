import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sandboxImage } from './image-names.ts';
import { labNames } from './names.ts';
import { nodeFiles } from './node-files.ts';

const files = nodeFiles(labNames('x'), 2);

test('a node hands out pod addresses of both families, from its own ranges', () => {
  const { plugins } = JSON.parse(files['cni/10-lab.conflist'] ?? '');
  assert.deepEqual(plugins[0].ipam.ranges, [
    [{ subnet: '10.244.2.0/24' }],
    [{ subnet: 'fd00:10:244:2::/64' }],
  ]);
});

test('containerd needs no registry for the sandbox, and lowers no oom_score_adj (cluster-lab.md E1)', () => {
  const text = files['etc/containerd.toml'] ?? '';
  assert.ok(text.includes(`sandbox = '${sandboxImage}'`));
  assert.ok(text.includes('restrict_oom_score_adj = true'));
});

test('the kubelet accepts cgroup v1 (cluster-lab.md E3) and renews a lease of 4 s', () => {
  const kubelet = JSON.parse(files['etc/kubelet.json'] ?? '');
  assert.equal(kubelet.failCgroupV1, false);
  assert.equal(kubelet.nodeLeaseDurationSeconds, 4);
});

test('kube-proxy writes no sysctl of the machine', () => {
  const { conntrack } = JSON.parse(files['etc/kube-proxy.json'] ?? '');
  assert.deepEqual(
    [conntrack.maxPerCore, conntrack.min, conntrack.tcpEstablishedTimeout],
    [0, 0, '0s'],
  );
});
