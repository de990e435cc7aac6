import { nodeName, podRanges, podSubnets } from './addresses.ts';
import { sandboxImage } from './image-names.ts';
import { inLab, type LabNames } from './names.ts';

/**
 * The configuration files of a node by their path below its folder; JSON where YAML is asked for.
 */
export function nodeFiles(names: LabNames, index: number): Readonly<Record<string, string>> {
  return {
    'etc/containerd.toml': containerdConfig,
    'etc/kubelet.json': json(kubeletConfig(names, index)),
    'etc/kube-proxy.json': json(kubeProxyConfig(names, index)),
    'etc/resolv.conf': 'nameserver 10.96.0.10\n',
    'cni/10-lab.conflist': json(cniConfig(index)),
  };
}

const containerdConfig = `version = 3
root = '/var/lib/containerd'
state = '/run/containerd'
disabled_plugins = [
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.erofs',
  'io.containerd.nri.v1.nri',
]
[grpc]
  address = '/run/containerd/containerd.sock'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${sandboxImage}'
[plugins.'io.containerd.cri.v1.runtime']
  # Without CAP_SYS_RESOURCE nobody may lower oom_score_adj: runc would fail with
  # "can't get final child's PID".
  restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['/usr/lib/cni']
  conf_dir = '/etc/cni/net.d'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
    BinaryName = '${import.meta.dirname}/real-time-runc.sh'
    SystemdCgroup = false
`;

function kubeletConfig(names: LabNames, index: number): unknown {
  const pki = (file: string) => inLab(names, 'pki', file);
  const name = nodeName(index);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    // Kubernetes 1.35 and newer refuse cgroup v1 unless told (cluster-lab.md E3).
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: pki(`${name}.crt`),
    tlsPrivateKeyFile: pki(`${name}.key`),
    clusterDNS: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    resolvConf: inLab(names, 'nodes', name, 'etc/resolv.conf'),
    evictionHard: {
      'nodefs.available': '1Mi',
      'imagefs.available': '1Mi',
      'memory.available': '50Mi',
      'nodefs.inodesFree': '1%',
    },
    // Nothing can be pulled again: never collect.
    imageGCHighThresholdPercent: 100,
    failSwapOn: false,
    // A lease of 4 s is renewed every second; the controller-manager allows 4 s of silence.
    nodeStatusUpdateFrequency: '1s',
    nodeLeaseDurationSeconds: 4,
    // Pods of a story start at once, not five a second; and nothing here waits for a human.
    kubeAPIQPS: 200,
    kubeAPIBurst: 400,
  };
}

function kubeProxyConfig(names: LabNames, index: number): unknown {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    hostnameOverride: nodeName(index),
    clusterCIDR: podRanges,
    clientConnection: { kubeconfig: inLab(names, 'pki', 'proxy.conf') },
    // Only the machine's first network namespace may write these.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}

function cniConfig(index: number): unknown {
  const { ipv4, ipv6 } = podSubnets(index);
  const ranges = [[{ subnet: ipv4 }], [{ subnet: ipv6 }]];
  const routes = [{ dst: '0.0.0.0/0' }, { dst: '::/0' }];
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipMasq: false,
    // Hairpin also makes the plugin switch off duplicate address detection, which would cost each
    // pod 2 s.
    hairpinMode: true,
    ipam: { type: 'host-local', ranges, routes },
  };
  const portmap = { type: 'portmap', capabilities: { portMappings: true } };
  return { cniVersion: '1.0.0', name: 'lab', plugins: [bridge, portmap] };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
