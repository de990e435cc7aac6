import type { ElectionTiming } from '../kube/lease.ts';
import { agentsNamespaceDefault } from '../tables/names.ts';
import { wholeNumber } from './flags.ts';

/** The flags of `fairlead controller`, as the chart sets them. */
export const controllerFlags = {
  namespace: { default: 'fairlead-system', help: 'namespace of the controller and its Lease' },
  'nodes-namespace': {
    default: agentsNamespaceDefault,
    help: 'namespace of the pools’ DaemonSets',
  },
  image: { help: 'image of the pools’ pods' },
  'image-pull-policy': { default: 'IfNotPresent', help: 'Always, IfNotPresent or Never' },
  'default-class': {
    default: 'false',
    help: 'true = also serve Services without a loadBalancerClass; make sure nobody else does',
  },
  'pool-defaults': {
    default: '{}',
    help: 'JSON: resources, tolerations, imagePullSecrets of pools',
  },
  'lease-name': { default: 'fairlead-controller', help: 'name of the leader Lease' },
  'lease-duration-seconds': { default: '15', help: 'how long a silent leader is believed' },
  'lease-renew-deadline-seconds': { default: '10', help: 'a leader gives up after this long' },
  'lease-retry-period-seconds': { default: '2', help: 'pause between renewals' },
  identity: { default: 'controller', help: 'name of this replica, usually its pod’s' },
  servers: { default: '', help: 'API server URLs in order of preference, comma separated' },
  kubeconfig: {
    default: '',
    help: 'kubeconfig file; empty = $KUBECONFIG, or the pod’s service account',
  },
  'http-address': { default: ':8080', help: 'where /metrics, /livez and /readyz listen' },
  'log-level': { default: 'info', help: 'debug, info, warn or error' },
} as const;

/** What a controller is told from outside. */
export type ControllerSettings = {
  readonly namespace: string;
  readonly nodesNamespace: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly isDefaultClass: boolean;
  readonly poolDefaults: Readonly<Record<string, unknown>>;
  readonly leaseName: string;
  readonly leaseTiming: ElectionTiming;
  readonly identity: string;
  readonly servers: string;
  readonly kubeconfig: string;
  readonly httpAddress: string;
  readonly logLevel: string;
};

/** Parses every flag into its type, or says which one is wrong and what to write. */
export function parseControllerFlags(
  given: Readonly<Record<keyof typeof controllerFlags, string>>,
): ControllerSettings {
  const seconds = (name: keyof typeof controllerFlags) =>
    wholeNumber(name, given[name], [1, 3_600]) * 1_000;
  return {
    namespace: given.namespace,
    nodesNamespace: given['nodes-namespace'],
    image: given.image,
    imagePullPolicy: oneOf('image-pull-policy', given['image-pull-policy'], pullPolicies),
    isDefaultClass: oneOf('default-class', given['default-class'], ['true', 'false']) === 'true',
    poolDefaults: jsonObject('pool-defaults', given['pool-defaults']),
    leaseName: given['lease-name'],
    leaseTiming: {
      leaseMs: seconds('lease-duration-seconds'),
      renewDeadlineMs: seconds('lease-renew-deadline-seconds'),
      retryMs: seconds('lease-retry-period-seconds'),
    },
    identity: given.identity,
    servers: given.servers,
    kubeconfig: given.kubeconfig,
    httpAddress: given['http-address'],
    logLevel: given['log-level'],
  };
}

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

function oneOf(name: string, text: string, words: readonly string[]): string {
  if (words.includes(text)) return text;
  throw new Error(`--${name} is "${text}"; write ${words.join(' or ')}`);
}

function jsonObject(name: string, text: string): Readonly<Record<string, unknown>> {
  const value = parsed(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new Error(`--${name} is "${text}"; write a JSON object, for example {}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
