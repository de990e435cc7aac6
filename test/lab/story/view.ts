import type { Lab } from '../lab.ts';
import type { LabNode } from '../node.ts';

/** Asks the API as a user would, and reads the answer. */
export async function kubeJson<T>(lab: Lab, args: readonly string[]): Promise<T> {
  return JSON.parse(await lab.kubectl([...args, '-o', 'json'])) as T;
}

/** A list as the API answers it; the few fields that are read are named where they are read. */
export type List<T> = { readonly items: readonly T[] };

type RawService = {
  readonly spec: { readonly ports: readonly { readonly port: number }[] };
  readonly status: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] };
  };
};

/** Where a Service answers; `addresses` is empty until they are published. */
export type Published = {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly port: number;
};

/** What a Service's status says it answers on. */
export async function published(lab: Lab, name: string): Promise<Published> {
  const service = await kubeJson<RawService>(lab, ['get', 'service', name]);
  const ingress = service.status.loadBalancer?.ingress ?? [];
  const addresses = ingress.flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
  return { name, addresses, port: service.spec.ports[0]?.port ?? 0 };
}

/** A pod of one of the story's applications. */
export type Pod = {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly isReady: boolean;
};

type RawPod = {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

/** The pods of an application that are not on their way out. */
export async function podsOf(lab: Lab, app: string): Promise<Pod[]> {
  const list = await kubeJson<List<RawPod>>(lab, ['get', 'pods', '-l', `app=${app}`]);
  return list.items
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .map((pod) => ({
      name: pod.metadata.name,
      uid: pod.metadata.uid,
      node: pod.spec.nodeName ?? '',
      isReady:
        pod.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ??
        false,
    }));
}

/** The nodes that are switched on. */
export async function liveNodes(lab: Lab): Promise<LabNode[]> {
  const areOn = await Promise.all(lab.nodes.map((node) => node.exists()));
  return lab.nodes.filter((_, index) => areOn[index] === true);
}

type RawLink = { readonly addr_info: readonly { readonly local?: string }[] };

/** Every address in the kernel of every live node, by the node's name. */
export async function kernelAddresses(lab: Lab): Promise<Map<string, ReadonlySet<string>>> {
  const nodes = await liveNodes(lab);
  const addresses = await Promise.all(
    nodes.map(async (node) => {
      const links = JSON.parse(await node.exec(['ip', '-j', 'addr', 'show'])) as RawLink[];
      return links.flatMap((link) => link.addr_info.flatMap(({ local }) => local ?? []));
    }),
  );
  return new Map(nodes.map((node, index) => [node.name, new Set(addresses[index])]));
}

/**
 * Which live nodes' kernels have each address: the truth about who holds a VIP, whatever anybody
 * reports.
 */
export async function holdersOfAll(lab: Lab, addresses: readonly string[]): Promise<string[][]> {
  const kernels = [...(await kernelAddresses(lab))];
  return addresses.map((address) =>
    kernels.filter(([, has]) => has.has(address)).map(([node]) => node),
  );
}

/** Which live nodes hold one address. */
export async function holdersOf(lab: Lab, address: string): Promise<string[]> {
  return (await holdersOfAll(lab, [address])).flat();
}

/** The one node that holds an address; throws when there is none or more than one. */
export async function holderOf(lab: Lab, address: string): Promise<LabNode> {
  const holders = await holdersOf(lab, address);
  const [holder, ...others] = holders;
  if (holder === undefined || others.length > 0) {
    throw new Error(
      `${address} is held by ${holders.length === 0 ? 'nobody' : holders.join(', ')}`,
    );
  }
  return lab.node(holder);
}
