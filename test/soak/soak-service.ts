/** The Services that the network soak makes, and the clients that use them all the time. */
import { webImage } from '../lab/image-names.ts';
import type { Lab } from '../lab/lab.ts';
import { answers } from '../lab/story/step-programmed.ts';
import { kubeJson, type List, type Published } from '../lab/story/view.ts';
import { startWatch, type Watch } from '../lab/story/watch.ts';
import { apply } from '../net/cluster.ts';
import { addressesOf, webService } from '../net/web.ts';

/** Everything the soak makes is in here. */
export const soakNamespace = 'soak';

/** A Service that is served, and its clients: a connection every 10 ms to each address. */
export type Serving = { readonly published: Published; readonly watch: Watch };

/** Creates a Service with its replicas, waits until it answers, and sets its clients on it. */
export async function serve(
  lab: Lab,
  service: { readonly name: string; readonly replicas: number },
): Promise<Serving> {
  const { name } = service;
  const web = { name, namespace: soakNamespace };
  await apply(lab, webService(web), deployment(service));
  const published = { name, addresses: await addressesOf(lab, web, 2), port: 80 };
  const client = await lab.client('soak');
  for (const address of published.addresses) await answers({ client }, { address, port: 80 });
  return { published, watch: await startWatch({ client }, [published]) };
}

/** Deletes a Service with its replicas; replicas of a node that is off go when it is back. */
export async function unserve(lab: Lab, name: string): Promise<void> {
  const objects = [`service/${name}`, `deployment/${name}`];
  await lab.kubectl(['delete', '--namespace', soakNamespace, '--wait=false', ...objects]);
}

/** Changes how many replicas a Service has. */
export async function scale(lab: Lab, name: string, count: number): Promise<void> {
  const inNamespace = ['--namespace', soakNamespace];
  await lab.kubectl([...inNamespace, 'scale', `deployment/${name}`, `--replicas=${count}`]);
}

type RawPod = {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

/** The ready replicas of a Service on these nodes, by name; those on their way out do not count. */
export async function readyReplicas(
  lab: Lab,
  name: string,
  nodes: ReadonlySet<string>,
): Promise<string[]> {
  const args = ['get', 'pods', '--namespace', soakNamespace, '-l', `app=${name}`];
  const { items } = await kubeJson<List<RawPod>>(lab, args);
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ spec }) => nodes.has(spec.nodeName ?? ''))
    .filter(({ status }) =>
      status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
    )
    .map(({ metadata }) => metadata.name);
}

function deployment(service: { readonly name: string; readonly replicas: number }): object {
  const labels = { app: service.name };
  const container = {
    name: 'web',
    image: webImage,
    imagePullPolicy: 'Never',
    // As a well-behaved server: it goes on answering while it is taken out of the slices.
    args: ['netexec', '--http-port=8080', '--delay-shutdown=3'],
    readinessProbe: { httpGet: { path: '/hostname', port: 8080 }, periodSeconds: 1 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: service.name, namespace: soakNamespace },
    spec: {
      replicas: service.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 10,
          affinity: apart(labels),
          containers: [container],
        },
      },
    },
  };
}

/** No two on one node: the loss of a node never is the loss of a Service. */
function apart(matchLabels: Readonly<Record<string, string>>): object {
  const term = { labelSelector: { matchLabels }, topologyKey: 'kubernetes.io/hostname' };
  return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
}
