import { setTimeout as pause } from 'node:timers/promises';
import {
  type AgentSamples,
  type TopOrder,
  type TopSubject,
  topOrders,
  topReport,
  topSubjects,
} from '../explain/top-report.ts';
import { topLines } from '../explain/top-text.ts';
import { parseTrafficSamples } from '../explain/traffic-samples.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { AgentPod } from '../model/parse-agent-pod.ts';
import type { CliExit } from '../tables/cli-verbs.ts';
import { agentsNamespaceDefault } from '../tables/names.ts';
import { agentMetrics, findAgents } from './agent-metrics.ts';
import { type Arguments, noOperands, secondsOf, wordOf } from './arguments.ts';
import type { Cluster } from './cluster.ts';
import { print } from './print.ts';
import type { Run } from './run.ts';

const secondsDefault = 3;
const secondsMax = 60;

/** Agents that are asked at once: each answers with what all of its node's ports have. */
const agentsAtOnce = 16;

/** `top`: 1 when an agent did not answer. */
export async function top({ given, shell, cluster }: Run): Promise<CliExit> {
  noOperands(given);
  const question = questionOf(given, cluster);
  const apart = given.text('seconds');
  const seconds = apart === undefined ? secondsDefault : secondsOf('seconds', apart, secondsMax);
  const namespace = given.text('nodes-namespace') ?? agentsNamespaceDefault;
  const pods = await findAgents(cluster, namespace);
  const agents: AgentSamples[] = [];
  const unread: string[] = [];
  const ask = async (pod: AgentPod): Promise<void> => {
    try {
      agents.push(await sampled({ cluster, namespace, pod, seconds }));
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      unread.push(`the agent of node ${pod.node}: ${error.message}`);
    }
  };
  for (let from = 0; from < pods.length; from += agentsAtOnce) {
    await Promise.all(pods.slice(from, from + agentsAtOnce).map(ask));
  }
  const report = { ...topReport(agents, question), unread: unread.toSorted() };
  print(shell, given.output, { report, lines: (extent) => topLines(report, extent) });
  return unread.length === 0 ? 0 : 1;
}

function questionOf(given: Arguments, cluster: Cluster) {
  const orders = Object.keys(topOrders) as TopOrder[];
  return {
    by: wordOf<TopSubject>(given, 'by', topSubjects),
    order: wordOf<TopOrder>(given, 'sort-by', orders),
    namespace:
      cluster.isNamespaceGiven && !given.isSet('all-namespaces') ? cluster.namespace : null,
  };
}

/** Two looks at one agent, by its own time between them. */
async function sampled(of: {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly pod: AgentPod;
  readonly seconds: number;
}): Promise<AgentSamples> {
  const { cluster, namespace, pod } = of;
  const look = async () => {
    const text = await agentMetrics(cluster, namespace, pod);
    return { atMs: performance.now(), samples: parseTrafficSamples(text) };
  };
  const first = await look();
  await pause(of.seconds * 1_000);
  const second = await look();
  const seconds = (second.atMs - first.atMs) / 1_000;
  return { node: pod.node, seconds, before: first.samples, after: second.samples };
}
