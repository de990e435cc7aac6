import { apiPath, resources } from '../kube/api-path.ts';
import { bodyText } from '../kube/http.ts';
import { KubeError } from '../kube/kube-error.ts';
import { askPort } from '../kube/port-forward.ts';
import { type AgentPod, agentLabels, parseAgentPod } from '../model/parse-agent-pod.ts';
import { fieldsOf } from '../model/raw.ts';
import { trafficViewerRole } from '../tables/names.ts';
import { CliError } from './cli-error.ts';
import { type Cluster, callTimeoutMs } from './cluster.ts';
import { listAll } from './list.ts';

/** What 5,000 ports have, five times over. */
const metricsBytesMax = 64 * 1024 * 1024;

/** The agents of a namespace; CliError 3 where none is to be seen. */
export async function findAgents(cluster: Cluster, namespace: string): Promise<AgentPod[]> {
  const of = { resource: resources.pods, namespace, labelSelector: agentLabels };
  const { values, forbidden } = await listAll(cluster, of, parseAgentPod);
  if (forbidden !== undefined) throw new CliError(3, `${forbidden}; ${remedyIn(namespace)}`);
  if (values.length > 0) return [...values];
  const remedy = 'name the agents’ namespace by --nodes-namespace';
  throw new CliError(3, `no agent runs in namespace ${namespace}; ${remedy}`);
}

/**
 * The metrics of one agent: by the API server's proxy where it listens on its node's address, else
 * through a forwarded port. A missing right is CliError 3, anything else KubeError.
 */
export async function agentMetrics(
  cluster: Cluster,
  namespace: string,
  pod: AgentPod,
): Promise<string> {
  try {
    return await (pod.isOpen ? proxied : forwarded)(cluster, namespace, pod);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const missing = await missingRights(cluster, namespace, pod);
    if (missing.length === 0) throw error;
    const sentence = `you may not ${missing.join(' and ')} in namespace ${namespace}`;
    throw new CliError(3, `${sentence}; ${remedyIn(namespace)}`);
  }
}

async function proxied({ client }: Cluster, namespace: string, pod: AgentPod): Promise<string> {
  const name = `${pod.name}:${pod.port}`;
  const path = `${apiPath(resources.pods, { namespace, name })}/proxy/metrics`;
  const signal = AbortSignal.timeout(callTimeoutMs);
  const body = await client.stream({ path, signal });
  return bodyText(body, metricsBytesMax, () => tooLong(pod));
}

const headEnd = '\r\n\r\n';

async function forwarded({ client }: Cluster, namespace: string, pod: AgentPod): Promise<string> {
  const answer = await askPort(client, {
    ...{ namespace, pod: pod.name, port: pod.port, bytesMax: metricsBytesMax },
    text: 'GET /metrics HTTP/1.0\r\n\r\n',
    sizeOf: (beginning) => {
      const end = beginning.indexOf(headEnd);
      const length = /^content-length: (\d+)\r$/im.exec(beginning.toString('latin1', 0, end));
      return length === null ? undefined : end + headEnd.length + Number(length[1]);
    },
  });
  const end = answer.indexOf(headEnd);
  if (/^HTTP\/1\.[01] 200 /.test(answer) && end > 0) return answer.slice(end + headEnd.length);
  const said = answer.slice(0, 200).split('\r\n')[0];
  throw new KubeError({ code: 'Server', message: `agent ${pod.name} answers "${said}"` });
}

function tooLong({ name }: AgentPod): KubeError {
  const message = `agent ${name} says more than ${metricsBytesMax} bytes`;
  return new KubeError({ code: 'Server', message });
}

const reviews = {
  ...{ group: 'authorization.k8s.io', version: 'v1' },
  ...{ plural: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' },
};

/** A refused tunnel does not say why: what is not allowed is asked for. */
async function missingRights(
  { client }: Cluster,
  namespace: string,
  pod: AgentPod,
): Promise<string[]> {
  const subresource = pod.isOpen ? 'proxy' : 'portforward';
  // Kubernetes 1.35 and later want "create" of a WebSocket as well.
  const verbs = pod.isOpen ? ['get'] : ['get', 'create'];
  const asked = verbs.map(async (verb) => {
    const resourceAttributes = { namespace, verb, resource: 'pods', subresource, name: pod.name };
    const answer = await client.request({
      ...{ method: 'POST', path: apiPath(reviews), timeoutMs: callTimeoutMs },
      body: { ...apiVersionOf(reviews), spec: { resourceAttributes } },
    });
    const isAllowed = fieldsOf(fieldsOf(answer)['status'])['allowed'] === true;
    return isAllowed ? [] : [`${verb} pods/${subresource}`];
  });
  return (await Promise.all(asked)).flat();
}

function apiVersionOf({ group, version, kind }: typeof reviews) {
  return { apiVersion: `${group}/${version}`, kind };
}

function remedyIn(namespace: string): string {
  return `Role ${trafficViewerRole} of namespace ${namespace} allows it`;
}
