/**
 * Fairlead on a real API server: deploy/install.yaml applied whole, the real controller program
 * with its ServiceAccount's own rights, and nodes that only pretend to carry traffic
 * (stand-in-node.ts says why).
 *
 *   const cluster = await startCluster();
 *   await cluster.start();
 *   await cluster.create(aLoadBalancer('shop/web'));
 *   await cluster.published('shop/web');
 */
import assert from 'node:assert/strict';
import { base, installFairlead } from './installed.ts';
import { collectionPath, type Manifest } from './manifests.ts';
import {
  type ControllerOptions,
  type RunningController,
  startController,
} from './running-controller.ts';
import { type ApiServer, type ApiServerOptions, startApiServer } from './server.ts';
import { type StandInNode, startStandInNode } from './stand-in-node.ts';
import { StandInVrrp } from './stand-in-vrrp.ts';
import { waitUntil } from './wait-until.ts';

/** A Service, Vip, VipPool … as the API server shows it, as far as tests look. */
export type Shown = {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly managedFields?: readonly { readonly manager: string }[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly IngressShown[] };
    readonly conditions?: readonly ConditionShown[];
  };
};

export type IngressShown = {
  readonly ip?: string;
  readonly hostname?: string;
  readonly ipMode?: string;
  readonly ports?: readonly { port: number; protocol: string; error?: string }[];
};

export type ConditionShown = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
};

type EventShown = {
  readonly regarding: { readonly name: string };
  readonly type: string;
  readonly reason: string;
  readonly note: string;
};

export type Cluster = {
  readonly api: ApiServer;
  readonly nodes: readonly StandInNode[];
  readonly vrrp: StandInVrrp;
  /** Starts a controller; the fixture ends it. */
  start(options?: ControllerOptions): Promise<RunningController>;
  create(manifest: Manifest): Promise<Shown>;
  /** Undefined once it is gone. */
  service(key: string): Promise<Shown | undefined>;
  vips(): Promise<Shown[]>;
  instances(): Promise<Shown[]>;
  /** Events about objects of this name, `Warning AllocationFailed: …`. */
  events(name: string): Promise<string[]>;
  /** A merge patch that must be taken. */
  patch(path: string, body: unknown): Promise<void>;
  /** Waits until the Service shows as many addresses as it has families, and says which. */
  published(key: string, boundMs?: number): Promise<readonly string[]>;
  gone(key: string, boundMs?: number): Promise<void>;
  stop(): Promise<void>;
};

/** Starts everything but a controller; `nodes` stand-ins (default 3). */
export async function startCluster(
  options: ApiServerOptions & { readonly nodes?: number } = {},
): Promise<Cluster> {
  const api = await startApiServer(options);
  const controllers: RunningController[] = [];
  const vrrp = new StandInVrrp();
  const nodes: StandInNode[] = [];
  const stop = async (): Promise<void> => {
    vrrp.unblock();
    await Promise.all(controllers.map((controller) => controller.kill()));
    await Promise.all(nodes.map((node) => node.die()));
    await api.stop();
  };
  try {
    await installFairlead(api);
    for (let index = 1; index <= (options.nodes ?? 3); index += 1) {
      nodes.push(await startStandInNode(api, vrrp, index));
    }
    await api.call('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...{ api, nodes, vrrp, stop },
    start: async (of) => {
      const controller = await startController(api, of);
      controllers.push(controller);
      return controller;
    },
    ...readersOf(api, () => controllers.at(-1)?.state() ?? 'no controller was started'),
  };
}

function readersOf(
  api: ApiServer,
  state: () => string,
): Omit<Cluster, 'api' | 'nodes' | 'vrrp' | 'start' | 'stop'> {
  const inVain = (error: unknown): never => {
    throw new Error(`${error instanceof Error ? error.message : error}; ${state()}`);
  };
  const list = async (plural: string): Promise<Shown[]> =>
    ((await api.call('GET', `${base}/${plural}`)).body['items'] ?? []) as Shown[];
  const service = async (key: string): Promise<Shown | undefined> => {
    const answer = await api.call('GET', servicePath(key));
    return answer.status === 404 ? undefined : (answer.body as unknown as Shown);
  };
  return {
    service,
    vips: () => list('vips'),
    instances: () => list('vrrpinstances'),
    events: async (name) => {
      const { body } = await api.call('GET', '/apis/events.k8s.io/v1/events');
      const events = (body['items'] ?? []) as EventShown[];
      return events
        .filter(({ regarding }) => regarding.name === name)
        .map(({ type, reason, note }) => `${type} ${reason}: ${note}`);
    },
    patch: async (path, patch) => {
      const answer = await api.call('PATCH', path, patch);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
    },
    create: async (manifest) => {
      const answer = await api.call('POST', collectionPath(manifest), manifest);
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      return answer.body as unknown as Shown;
    },
    published: async (key, boundMs) => {
      let addresses: readonly string[] = [];
      await waitUntil(
        `Service ${key} is published`,
        async () => {
          const shown = await service(key);
          addresses = addressesOf(shown);
          const families = (shown?.spec['ipFamilies'] ?? []) as readonly string[];
          return families.length > 0 && addresses.length === families.length;
        },
        boundMs,
      ).catch(inVain);
      return addresses;
    },
    gone: (key, boundMs) => {
      const isGone = async () => (await service(key)) === undefined;
      return waitUntil(`Service ${key} is gone`, isGone, boundMs).catch(inVain);
    },
  };
}

/** The path of a Service `namespace/name`. */
export function servicePath(key: string): string {
  const [namespace, name] = key.split('/');
  return `/api/v1/namespaces/${namespace}/services/${name}`;
}

/** The addresses that a Service shows, in their order. */
export function addressesOf(service: Shown | undefined): readonly string[] {
  return (service?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
}

/** One of our conditions of an object: `Allocated` stands for `fairlead.dev/Allocated`. */
export function conditionOf(shown: Shown | undefined, type: string): ConditionShown | undefined {
  return shown?.status?.conditions?.find(
    (c) => c.type === type || c.type === `fairlead.dev/${type}`,
  );
}

type Fields = Readonly<Record<string, unknown>>;

/** A VipPool on the stand-ins' network; ten addresses of each family unless told otherwise. */
export function aVipPool(name: string, spec: Fields = {}): Manifest {
  const addresses = ['10.77.0.100-10.77.0.109', 'fd00:10:77::100-fd00:10:77::109'];
  return {
    apiVersion: 'fairlead.dev/v1alpha1',
    kind: 'VipPool',
    metadata: { name },
    spec: { addresses, coolDownSeconds: 0, ...spec },
  };
}

/** A dual-stack Service of our class, `namespace/name`. */
export function aLoadBalancer(
  key: string,
  more: { readonly spec?: Fields; readonly metadata?: Fields } = {},
): Manifest {
  const [namespace = '', name = ''] = key.split('/');
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, ...more.metadata },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'fairlead.dev/vip',
      ipFamilyPolicy: 'RequireDualStack',
      ports: [{ port: 80 }],
      ...more.spec,
    },
  };
}
