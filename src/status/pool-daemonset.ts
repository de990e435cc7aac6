import { byText } from '../lib/order.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import type { Pool } from '../model/objects.ts';
import { dataPlaneHashAnnotation, poolLabel } from '../model/parse-pool-pods.ts';
import { listOf } from '../model/raw.ts';
import { fingerprint } from '../model/vips-digest.ts';
import { apiVersion } from '../tables/names.ts';

/** What the installation decides about the pools' pods. */
export type PoolPodSettings = {
  readonly namespace: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  /** `--pool-defaults`: haproxyResources, keepalivedResources, tolerations, imagePullSecrets. */
  readonly defaults: Readonly<Record<string, unknown>>;
};

/** A DaemonSet to apply. */
export type DaemonSetManifest = {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'DaemonSet';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
};

/** `pool-` keeps a pool named "agent" apart from the agent's DaemonSet. */
export function daemonSetName(pool: string): string {
  return `pool-${pool}`;
}

/**
 * The pods that run haproxy and keepalived for a pool: host network, no API rights, root without
 * its powers (dataplane.md section 12). `OnDelete`: the controller replaces them one node at a
 * time, only when their hash changes. They stay on the nodes of `recorded`, whether the
 * pool still selects them or not.
 */
export function poolDaemonSet(
  pool: Pool,
  settings: PoolPodSettings,
  recorded: readonly string[] = [],
): DaemonSetManifest {
  const labels = {
    'app.kubernetes.io/name': 'fairlead',
    'app.kubernetes.io/component': 'pool',
    [poolLabel]: pool.name,
  };
  const annotations = { [dataPlaneHashAnnotation]: dataPlaneHash(pool, settings) };
  const owner = { apiVersion, kind: 'VipPool', name: pool.name, uid: pool.uid, controller: true };
  const metadata = {
    ...{ name: daemonSetName(pool.name), namespace: settings.namespace },
    ...{ labels, annotations, ownerReferences: [owner] },
  };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'OnDelete' },
      template: {
        metadata: { labels, annotations },
        spec: {
          ...podSpec(pool, settings),
          ...scheduling(pool, settings),
          ...affinity(pool, recorded),
        },
      },
    },
  };
}

/**
 * Tells whether running pods are what is wanted; where they run and who pulls the image does not
 * count.
 */
export function dataPlaneHash(pool: Pool, settings: PoolPodSettings): string {
  return fingerprint(canonicalJson(podSpec(pool, settings)));
}

function scheduling(pool: Pool, { defaults }: PoolPodSettings): Readonly<Record<string, unknown>> {
  const all = [...listOf(defaults['tolerations']), ...pool.tolerations];
  const tolerations = [
    ...new Map(all.map((toleration) => [canonicalJson(toleration), toleration])),
  ];
  const imagePullSecrets = listOf(defaults['imagePullSecrets']);
  return {
    tolerations: tolerations.map(([, toleration]) => toleration),
    ...(imagePullSecrets.length > 0 && { imagePullSecrets }),
  };
}

/**
 * The nodes that the pool selects, or that are recorded: `OnDelete` does not keep the DaemonSet
 * controller from taking every pod at once whose node fits no more, so an affinity that named the
 * selected ones alone would end a VIP before anybody else may have it. All are named beforehand: a
 * node that loses its label would lose its pod before we could write. `metadata.name` admits one
 * value in each requirement, and those of one term must all hold: hence a term for each node.
 */
function affinity(
  { nodeSelector }: Pool,
  recorded: readonly string[],
): Readonly<Record<string, unknown>> {
  const selected = Object.entries(nodeSelector).toSorted(([a], [b]) => byText(a, b));
  if (selected.length === 0) return {};
  const operator = 'In';
  const matchExpressions = selected.map(([key, value]) => ({ key, operator, values: [value] }));
  const ofRecorded = [...new Set(recorded)].sort().map((node) => ({
    matchFields: [{ key: 'metadata.name', operator, values: [node] }],
  }));
  const nodeSelectorTerms = [{ matchExpressions }, ...ofRecorded];
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } };
}

/** Bringing VIPs elsewhere takes 0.5 s, HAProxy's soft stop 10 s (image/bin/fairlead-haproxy). */
const terminationGracePeriodSeconds = 30;

function podSpec(pool: Pool, settings: PoolPodSettings): Readonly<Record<string, unknown>> {
  return {
    serviceAccountName: 'fairlead-pool',
    automountServiceAccountToken: false,
    priorityClassName: 'system-node-critical',
    hostNetwork: true,
    // Nothing looks up a name; the cluster's DNS may be what is down (P22).
    dnsPolicy: 'Default',
    enableServiceLinks: false,
    terminationGracePeriodSeconds,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    containers: [haproxy(pool.name, settings), keepalived(pool.name, settings)],
    volumes: [
      ...hostDirectories(pool.name).map(({ name, path }) => ({
        name,
        hostPath: { path, type: 'DirectoryOrCreate' },
      })),
      // One for each container: a pid file of the other must not be taken for one's own.
      { name: 'haproxy-tmp', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
      { name: 'keepalived-tmp', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
    ],
  };
}

/** The same path inside and outside: configuration files name their sockets by it. */
function hostDirectories(pool: string): readonly { name: string; path: string }[] {
  return [
    { name: 'run', path: `/run/fairlead/${pool}` },
    { name: 'last-good', path: `/var/lib/fairlead/${pool}` },
  ];
}

/**
 * Each exec probe costs a node some 0.1 s of CPU, and only a rollout waits for readiness: VIPs move
 * by track file and script, long before.
 */
const readinessSeconds = 5;

function haproxy(pool: string, settings: PoolPodSettings): Readonly<Record<string, unknown>> {
  const answers = { exec: { command: ['fairlead-ready', 'haproxy', pool] }, timeoutSeconds: 3 };
  return {
    ...container(pool, settings, { name: 'haproxy', capabilities: ['NET_BIND_SERVICE'] }),
    readinessProbe: { ...answers, periodSeconds: readinessSeconds, failureThreshold: 2 },
    // The VIP has moved long before; this only frees a node from a HAProxy that hangs for good.
    livenessProbe: { ...answers, periodSeconds: 30, failureThreshold: 2 },
  };
}

/**
 * SETUID and SETGID: keepalived sets the groups of its probe script, root or not. SYS_NICE: adverts
 * in time on a starved node (ADR 0014).
 */
function keepalived(pool: string, settings: PoolPodSettings): Readonly<Record<string, unknown>> {
  const capabilities = ['NET_ADMIN', 'NET_RAW', 'SETUID', 'SETGID', 'SYS_NICE'];
  const command = ['fairlead-ready', 'keepalived', pool];
  return {
    ...container(pool, settings, { name: 'keepalived', capabilities }),
    readinessProbe: {
      exec: { command },
      timeoutSeconds: 3,
      periodSeconds: readinessSeconds,
      failureThreshold: 2,
    },
  };
}

/** No CPU limit is set here: throttling looks like a dead peer (dataplane.md section 2). */
function container(
  pool: string,
  settings: PoolPodSettings,
  of: { name: string; capabilities: readonly string[] },
): Readonly<Record<string, unknown>> {
  const mounts = hostDirectories(pool).map(({ name, path }) => ({ name, mountPath: path }));
  const resources = settings.defaults[`${of.name}Resources`];
  return {
    name: of.name,
    image: settings.image,
    imagePullPolicy: settings.imagePullPolicy,
    command: [`fairlead-${of.name}`, pool],
    ...(resources !== undefined && { resources }),
    securityContext: {
      runAsUser: 0,
      runAsGroup: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: of.capabilities },
    },
    volumeMounts: [...mounts, { name: `${of.name}-tmp`, mountPath: '/tmp' }],
  };
}
