/**
 * What is built from which Go module; versions and sums are committed in `parts/<module>/go.mod`
 * and `go.sum`.
 */
export type Part = {
  readonly module: 'kubernetes' | 'kubernetes-oldest' | 'containerd' | 'helm' | 'pause';
  readonly goPackage: string;
  /** Measured with an empty build cache and the modules downloaded, 2 cores. */
  readonly coldSeconds: number;
};

/** Every binary of the lab by its name. */
export const parts = {
  etcd: { module: 'kubernetes', goPackage: 'go.etcd.io/etcd/server/v3', coldSeconds: 45 },
  'kube-apiserver': kubernetes('cmd/kube-apiserver', 190),
  // The oldest that Fairlead supports, for the tests of the API alone. Its time is that of the
  // newest, which is of its size: it has been built only beside other work, in 563 s.
  'kube-apiserver-oldest': {
    module: 'kubernetes-oldest',
    goPackage: 'k8s.io/kubernetes/cmd/kube-apiserver',
    coldSeconds: 190,
  },
  kubelet: kubernetes('cmd/kubelet', 50),
  'kube-controller-manager': kubernetes('cmd/kube-controller-manager', 30),
  'kube-scheduler': kubernetes('cmd/kube-scheduler', 5),
  'kube-proxy': kubernetes('cmd/kube-proxy', 10),
  kubectl: kubernetes('cmd/kubectl', 25),
  containerd: containerd('cmd/containerd', 40),
  'containerd-shim-runc-v2': containerd('cmd/containerd-shim-runc-v2', 10),
  ctr: containerd('cmd/ctr', 10),
  agnhost: kubernetes('test/images/agnhost', 10),
  helm: { module: 'helm', goPackage: 'helm.sh/helm/v3/cmd/helm', coldSeconds: 70 },
  pause: { module: 'pause', goPackage: '.', coldSeconds: 1 },
} as const satisfies Record<string, Part>;

/** The name of a binary. */
export type PartName = keyof typeof parts;

/** Build flags by module; they are part of the cache's key. */
export const buildFlags: Readonly<Record<Part['module'], readonly string[]>> = {
  kubernetes: ['-ldflags', '-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3'],
  'kubernetes-oldest': ['-ldflags', '-s -w -X k8s.io/component-base/version.gitVersion=v1.32.0'],
  containerd: [
    '-tags',
    'no_btrfs no_devmapper no_zfs',
    '-ldflags',
    '-s -w -X github.com/containerd/containerd/v2/version.Version=v2.3.7',
  ],
  helm: ['-ldflags', '-s -w'],
  pause: ['-ldflags', '-s -w'],
};

function kubernetes(path: string, coldSeconds: number): Part {
  return { module: 'kubernetes', goPackage: `k8s.io/kubernetes/${path}`, coldSeconds };
}

function containerd(path: string, coldSeconds: number): Part {
  const goPackage = `github.com/containerd/containerd/v2/${path}`;
  return { module: 'containerd', goPackage, coldSeconds };
}
