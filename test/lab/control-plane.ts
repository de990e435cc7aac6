import { readFile } from 'node:fs/promises';
import { controlPlane, podRanges, serviceRanges } from './addresses.ts';
import type { Binaries } from './binaries.ts';
import { outcomeOf } from './command.ts';
import { messageOf } from './lab-error.ts';
import { inLab, type LabNames } from './names.ts';
import { inNamespace } from './network.ts';
import type { PartName } from './parts.ts';
import { killProgram, runningMark, startProgram } from './processes.ts';
import { waitFor } from './wait-for.ts';

/** The four programs that stand for the control plane; one machine, one of each. */
export const controlPlaneParts = ['etcd', 'apiserver', 'kcm', 'scheduler'] as const;

export type ControlPlanePart = (typeof controlPlaneParts)[number];

/** The binaries the control plane needs. */
export const controlPlaneBinaries = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
] as const satisfies readonly PartName[];

/** The control plane of one lab: stop is SIGKILL, start uses the same data again. */
export class ControlPlane {
  readonly #names: LabNames;
  readonly #binaries: Binaries<(typeof controlPlaneBinaries)[number]>;
  readonly #kubectl: readonly string[];

  constructor(names: LabNames, found: Binaries<(typeof controlPlaneBinaries)[number] | 'kubectl'>) {
    this.#names = names;
    this.#binaries = found;
    const kubeconfig = inLab(names, 'pki', 'admin.conf');
    this.#kubectl = inNamespace(names.switchNamespace, [
      found.kubectl,
      `--kubeconfig=${kubeconfig}`,
    ]);
  }

  /** Starts the parts that do not run; answers when the API server is ready. */
  async start(parts: readonly ControlPlanePart[] = controlPlaneParts): Promise<void> {
    const isEarly = (part: ControlPlanePart) => part === 'etcd' || part === 'apiserver';
    for (const part of parts.filter(isEarly)) await this.#startOne(part);
    await this.ready();
    // E6: the controller-manager exits when it starts before the RBAC bootstrap is through.
    for (const part of parts.filter((each) => !isEarly(each))) await this.#startOne(part);
  }

  /** Kills parts with SIGKILL, all of them unless told otherwise. */
  async stop(parts: readonly ControlPlanePart[] = controlPlaneParts): Promise<void> {
    await Promise.all(parts.map((part) => killProgram(this.#names, part)));
  }

  /** Waits until the API server says it is ready. */
  async ready(): Promise<void> {
    const wanted = { what: 'the API server to be ready', boundSeconds: 60 };
    await waitFor(wanted, async () => {
      const argv = [...this.#kubectl, '--request-timeout=2s', 'get', '--raw', '/readyz'];
      const { status, stderr } = await outcomeOf(argv);
      if (status === 0) return true;
      return `${stderr.trim()}; ${await this.#ended()}`;
    });
  }

  async #startOne(part: ControlPlanePart): Promise<void> {
    if ((await runningMark(this.#names, part)) !== undefined) return;
    const argv = this.#argv(part);
    const program = inNamespace(this.#names.switchNamespace, argv);
    await startProgram(this.#names, { name: part, part: 'control-plane', argv: program });
  }

  #argv(part: ControlPlanePart): string[] {
    switch (part) {
      case 'etcd':
        return [this.#binaries.etcd, ...etcdFlags(this.#names)];
      case 'apiserver':
        return [this.#binaries['kube-apiserver'], ...apiServerFlags(this.#names)];
      case 'kcm':
        return [this.#binaries['kube-controller-manager'], ...controllerManagerFlags(this.#names)];
      case 'scheduler':
        return [this.#binaries['kube-scheduler'], ...loginFlags(this.#names, 'scheduler')];
    }
  }

  /** Which of etcd and apiserver has ended, with the last line of its log. */
  async #ended(): Promise<string> {
    for (const part of ['etcd', 'apiserver']) {
      if ((await runningMark(this.#names, part)) !== undefined) continue;
      const file = inLab(this.#names, 'log', `${part}.log`);
      const log = await readFile(file, 'utf8').catch(messageOf);
      return `${part} has ended: ${log.trim().split('\n').at(-1)}`;
    }
    return 'etcd and apiserver run';
  }
}

function etcdFlags(names: LabNames): string[] {
  return [
    '--name=lab',
    `--data-dir=${inLab(names, 'etcd')}`,
    // A lab that loses power is thrown away; SIGKILL loses nothing that was written.
    '--unsafe-no-fsync',
    '--listen-client-urls=http://127.0.0.1:2379',
    '--advertise-client-urls=http://127.0.0.1:2379',
    '--listen-peer-urls=http://127.0.0.1:2380',
    '--initial-advertise-peer-urls=http://127.0.0.1:2380',
    '--initial-cluster=lab=http://127.0.0.1:2380',
    '--log-level=warn',
  ];
}

function apiServerFlags(names: LabNames): string[] {
  const pki = (file: string) => inLab(names, 'pki', file);
  return [
    '--etcd-servers=http://127.0.0.1:2379',
    '--secure-port=6443',
    '--bind-address=0.0.0.0',
    `--advertise-address=${controlPlane.ipv4}`,
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    `--service-cluster-ip-range=${serviceRanges}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki('sa.pub')}`,
    `--service-account-signing-key-file=${pki('sa.key')}`,
    `--kubelet-client-certificate=${pki('kubelet-client.crt')}`,
    `--kubelet-client-key=${pki('kubelet-client.key')}`,
    `--kubelet-certificate-authority=${pki('ca.crt')}`,
    '--kubelet-preferred-address-types=InternalIP',
    ...requestHeaderFlags(pki),
    '--allow-privileged=true',
    '--profiling=false',
  ];
}

function requestHeaderFlags(pki: (file: string) => string): string[] {
  return [
    `--requestheader-client-ca-file=${pki('ca.crt')}`,
    '--requestheader-allowed-names=front-proxy',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki('front-proxy.crt')}`,
    `--proxy-client-key-file=${pki('front-proxy.key')}`,
  ];
}

function controllerManagerFlags(names: LabNames): string[] {
  const pki = (file: string) => inLab(names, 'pki', file);
  return [
    ...loginFlags(names, 'kcm'),
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${pki('sa.key')}`,
    `--root-ca-file=${pki('ca.crt')}`,
    `--cluster-signing-cert-file=${pki('ca.crt')}`,
    `--cluster-signing-key-file=${pki('ca.key')}`,
    `--cluster-cidr=${podRanges}`,
    // Nodes have fixed pod ranges: allocation would hand them out in order of arrival.
    '--allocate-node-cidrs=false',
    `--service-cluster-ip-range=${serviceRanges}`,
    // 0.5 s instead of 4.5 s until a fresh cluster's controllers run (cluster-lab.md §5).
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    // A dead node leaves the EndpointSlices after 4.6 s instead of 54 s (cluster-lab.md §9).
    '--node-monitor-grace-period=4s',
    '--node-monitor-period=500ms',
    '--controllers=*',
  ];
}

function loginFlags(names: LabNames, user: string): string[] {
  const file = inLab(names, 'pki', `${user}.conf`);
  return [
    `--kubeconfig=${file}`,
    `--authentication-kubeconfig=${file}`,
    `--authorization-kubeconfig=${file}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
  ];
}
