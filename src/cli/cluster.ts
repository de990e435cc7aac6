import { type CallReport, createClient, type KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/kube-error.ts';
import { kubeConfigAccess, loadKubeConfig } from '../kube/kubeconfig.ts';
import { messageOf } from '../lib/message-of.ts';
import type { Arguments } from './arguments.ts';
import { CliError } from './cli-error.ts';

/** The cluster a command is about. */
export type Cluster = {
  readonly client: KubeClient;
  /** Of `-n`, else of the kubeconfig's context. */
  readonly namespace: string;
  /** Whether `-n` was given. */
  readonly isNamespaceGiven: boolean;
  readonly systemNamespace: string;
  /**
   * The API server's present time, ms: this machine's clock may be wrong, and everything that is
   * judged by age was written by clocks of the cluster.
   */
  readonly nowMs: () => number;
};

/** A read that takes this long hangs. */
export const callTimeoutMs = 15_000;

/** Opens the cluster that the flags name; nothing is sent yet. Throws CliError 2 or 3. */
export function openCluster(given: Arguments): Cluster {
  const config = configOf(given);
  const current = config.getContextObject(config.getCurrentContext());
  const namespace = given.text('namespace');
  let skewMs = 0;
  const client = createClient({
    access: kubeConfigAccess(config),
    ...serversOf(given.text('servers')),
    onCall: ({ date }: CallReport) => {
      const serverMs = date === undefined ? Number.NaN : Date.parse(date);
      // The header has whole seconds: what differs by less is right.
      if (Number.isFinite(serverMs)) skewMs = roundedSkew(serverMs - Date.now());
    },
  });
  return {
    client,
    namespace: namespace ?? current?.namespace ?? 'default',
    isNamespaceGiven: namespace !== undefined,
    systemNamespace: given.text('system-namespace') ?? 'fairlead-system',
    nowMs: () => Date.now() + skewMs,
  };
}

function roundedSkew(ms: number): number {
  return Math.abs(ms) < 2_000 ? 0 : ms;
}

function configOf(given: Arguments) {
  const file = given.text('kubeconfig');
  const context = given.text('context');
  try {
    const config = loadKubeConfig(file);
    if (context === undefined) return config;
    if (config.getContextObject(context) === null) {
      const known = config.getContexts().map(({ name }) => name);
      throw new CliError(2, `there is no context "${context}"; there are ${known.join(', ')}`);
    }
    config.setCurrentContext(context);
    return config;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(2, `the kubeconfig cannot be read: ${messageOf(error)}`);
  }
}

function serversOf(text: string | undefined): { servers?: readonly string[] } {
  const servers = (text ?? '').split(',').map((server) => server.trim());
  const given = servers.filter((server) => server !== '');
  const odd = given.find((server) => !URL.canParse(server));
  if (odd !== undefined) {
    throw new CliError(2, `--servers has "${odd}"; write URLs like https://192.0.2.10:6443`);
  }
  return given.length === 0 ? {} : { servers: given };
}

/** What a failed call means for the person who typed the command. */
export function clusterError(error: unknown): unknown {
  if (!(error instanceof KubeError)) return error;
  const { code, message } = error;
  if (code === 'Unauthorized') {
    return new CliError(3, `the API server does not know who we are: ${message}`);
  }
  if (code === 'Network' || code === 'Timeout') {
    const remedy = 'check --kubeconfig, --context and the network';
    return new CliError(3, `the API server cannot be reached: ${message}; ${remedy}`);
  }
  return new CliError(3, message);
}
