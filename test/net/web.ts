import { webImage } from '../lab/image-names.ts';
import type { Lab } from '../lab/lab.ts';
import { answers } from '../lab/story/step-programmed.ts';
import { kubeJson } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { apply } from './cluster.ts';

/** A web server behind a Service of ours. */
export type Web = {
  readonly name: string;
  readonly namespace: string;
  readonly port?: number;
  readonly pool?: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Settings by their names (docs/reference/annotations.md), as annotations of a Service. */
export function settingAnnotations(
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const named = Object.entries(settings).map(([name, value]) => [`fairlead.dev/${name}`, value]);
  return Object.fromEntries(named);
}

/** The Service and the Deployment of one replica. */
export function webObjects(web: Web): object[] {
  return [webService(web), webDeployment(web)];
}

/** A dual-stack Service of the class Fairlead serves. */
export function webService(web: Web, more: object = {}): object {
  const pool = web.pool === undefined ? {} : { 'fairlead.dev/pool': web.pool };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: web.name,
      namespace: web.namespace,
      annotations: { ...pool, ...web.annotations },
    },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'fairlead.dev/vip',
      allocateLoadBalancerNodePorts: false,
      ipFamilyPolicy: 'RequireDualStack',
      selector: { app: web.name },
      ports: [{ name: 'http', port: web.port ?? 80, targetPort: 8080 }],
      ...more,
    },
  };
}

type WebReplicas = { readonly replicas?: number; readonly args?: readonly string[] };

/** agnhost's web server, one replica unless told. */
export function webDeployment(
  web: Web,
  { replicas = 1, args = ['netexec', '--http-port=8080'] }: WebReplicas = {},
): object {
  const labels = { app: web.name };
  const container = {
    name: 'web',
    image: webImage,
    imagePullPolicy: 'Never',
    args,
    readinessProbe: { httpGet: { path: '/hostname', port: 8080 }, periodSeconds: 1 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: web.name, namespace: web.namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, containers: [container] },
      },
    },
  };
}

/** Creates a web server and waits until it answers on both its addresses; answers them. */
export async function servedWeb(lab: Lab, web: Web): Promise<string[]> {
  await apply(lab, ...webObjects(web));
  const addresses = await addressesOf(lab, web, 2);
  const client = await lab.client('others');
  for (const address of addresses) await answers({ client }, { address, port: web.port ?? 80 });
  return addresses;
}

type RawService = {
  readonly status: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] };
  };
};

/** Waits until a Service has that many published addresses; answers them. */
export async function addressesOf(lab: Lab, web: Web, count: number): Promise<string[]> {
  let addresses: string[] = [];
  const what = `${count} addresses of ${web.namespace}/${web.name}`;
  await waitFor({ what, boundSeconds: 60, everyMs: 100 }, async () => {
    const args = ['get', 'service', web.name, '--namespace', web.namespace];
    const { status } = await kubeJson<RawService>(lab, args);
    addresses = (status.loadBalancer?.ingress ?? []).map(({ ip }) => ip);
    return addresses.length === count ? true : `addresses: ${addresses.join(', ') || 'none'}`;
  });
  return addresses;
}
