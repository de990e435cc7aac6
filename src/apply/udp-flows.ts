import type { UdpFrontend } from '../desired/desired-node.ts';
import { by } from '../lib/order.ts';
import { isSame } from '../lib/same.ts';
import { run } from './program.ts';

/** A flow of a UDP client through a VIP, as conntrack shows it. */
export type UdpFlow = {
  readonly vip: string;
  readonly port: number;
  /** Where it is sent: the source of its replies. */
  readonly endpoint: string;
  readonly endpointPort: number;
};

/**
 * Flows are decided once: those of an endpoint that has gone would time out for as long as their
 * clients go on sending, so they are forgotten, and their next datagram is a new flow (R76,
 * dataplane.md section 8).
 */
export class UdpFlows {
  /** By name, as they were when their flows were looked at last. */
  #cleaned: ReadonlyMap<string, UdpFrontend> = new Map();

  /** Call after the ruleset is loaded. Asks for the flows of what has changed only. */
  async clean(frontends: readonly UdpFrontend[]): Promise<void> {
    const changed = changedFrontends(this.#cleaned, frontends);
    for (const vip of new Set(changed.map(({ address }) => address))) {
      for (const flow of staleFlows(await flowsOf(vip), changed)) await forget(flow);
    }
    this.#cleaned = new Map(frontends.map((frontend) => [frontend.name, frontend]));
  }
}

/** Frontends whose endpoints are others than before; one that has gone has none. */
export function changedFrontends(
  before: ReadonlyMap<string, UdpFrontend>,
  now: readonly UdpFrontend[],
): readonly UdpFrontend[] {
  const names = new Set(now.map(({ name }) => name));
  const gone = [...before.values()].filter(({ name }) => !names.has(name));
  return [
    ...now.filter(({ name, endpoints }) => !isSame(before.get(name)?.endpoints, endpoints)),
    ...gone.map((frontend) => ({ ...frontend, endpoints: [] })),
  ];
}

/** One flow for each that stands for others: VIP, port and endpoint, sorted. */
export function staleFlows(
  all: readonly UdpFlow[],
  frontends: readonly UdpFrontend[],
): readonly UdpFlow[] {
  const served = new Map(
    frontends.map(({ address, port, endpoints }) => [
      `${address} ${port}`,
      new Set(endpoints.map((endpoint) => `${endpoint.address} ${endpoint.port}`)),
    ]),
  );
  const stale = all.filter(({ vip, port, endpoint, endpointPort }) => {
    const endpoints = served.get(`${vip} ${port}`);
    return endpoints !== undefined && !endpoints.has(`${endpoint} ${endpointPort}`);
  });
  const unique = new Map(stale.map((flow) => [keyOf(flow), flow]));
  return [...unique.values()].toSorted(by(keyOf));
}

function keyOf({ vip, port, endpoint, endpointPort }: UdpFlow): string {
  return `${vip} ${port} ${endpoint} ${endpointPort}`;
}

async function flowsOf(vip: string): Promise<UdpFlow[]> {
  const { stdout } = await run('conntrack', ['-L', ...udpOf(vip)]);
  return parseFlows(stdout);
}

function udpOf(vip: string): string[] {
  return ['-p', 'udp', '-f', vip.includes(':') ? 'ipv6' : 'ipv4', '--orig-dst', vip];
}

/**
 * Reads `conntrack -L`: of each line the destination of the request and the source of the reply.
 * `udp 17 29 src=C dst=VIP sport=1 dport=53 src=POD dst=NODE sport=5353 dport=1 mark=…`
 */
export function parseFlows(text: string): UdpFlow[] {
  return text.split('\n').flatMap((line) => {
    const fields = [...line.matchAll(/\b(src|dst|sport|dport)=(\S+)/g)];
    const values = (name: string) => fields.filter(([, key]) => key === name).map(([, , v]) => v);
    const [vip, endpoint] = [values('dst')[0], values('src')[1]];
    const [port, endpointPort] = [values('dport')[0], values('sport')[1]].map(Number);
    if (vip === undefined || endpoint === undefined || !port || !endpointPort) return [];
    return [{ vip, port, endpoint, endpointPort }];
  });
}

/** Ends with 1 where the flow has ended meanwhile. */
async function forget({ vip, port, endpoint, endpointPort }: UdpFlow): Promise<void> {
  const reply = ['--reply-src', endpoint, '--reply-port-src', String(endpointPort)];
  await run('conntrack', ['-D', ...udpOf(vip), '--orig-port-dst', String(port), ...reply]);
}
