import type { DesiredKeepalived, FlowFrontend, FlowProtocol } from '../desired/desired-node.ts';
import { by } from '../lib/order.ts';
import { isSame } from '../lib/same.ts';
import { flowMark } from '../render/nft-flows.ts';
import { run } from './program.ts';
import { addressesOf } from './stale-addresses.ts';

/** A flow of a client of UDP or SCTP through a VIP, as conntrack shows it. */
export type Flow = {
  readonly vip: string;
  readonly protocol: FlowProtocol;
  readonly port: number;
  /** Where it is sent: the source of its replies. */
  readonly endpoint: string;
  readonly endpointPort: number;
};

/**
 * Flows are decided once: those of an endpoint that has gone would time out for as long as their
 * clients go on sending, so they are forgotten, and their next datagram is a new flow (R76,
 * dataplane.md section 8). An SCTP association of theirs is answered with its end.
 */
export class Flows {
  /** By protocol and name, as they were when their flows were looked at last; once at the least. */
  #cleaned: ReadonlyMap<string, FlowFrontend> | undefined;
  #before: DesiredKeepalived | undefined;

  /** Tells which VIPs an earlier agent had; call before `clean`. */
  open(before: DesiredKeepalived | undefined): void {
    this.#before = before;
  }

  /**
   * Call after the ruleset is loaded. Asks for the flows of what has changed only; the first time
   * for all that rules like ours have made to the VIPs that are the pool's, now or when an earlier
   * agent ended, as nobody knows which ports that one served.
   */
  async clean(frontends: readonly FlowFrontend[], now: DesiredKeepalived): Promise<void> {
    const stale =
      this.#cleaned === undefined
        ? await firstFlows(frontends, this.#before === undefined ? [now] : [now, this.#before])
        : await changedFlows(changedFrontends(this.#cleaned, frontends));
    for (const flow of stale) await forget(flow);
    this.#cleaned = new Map(frontends.map((frontend) => [frontendKey(frontend), frontend]));
  }
}

async function firstFlows(
  frontends: readonly FlowFrontend[],
  holders: readonly DesiredKeepalived[],
): Promise<readonly Flow[]> {
  const lists = await Promise.all(
    ['ipv4', 'ipv6'].map((family) => conntrack('-L', '-f', family, '--mark', flowMark)),
  );
  const all = lists.flatMap(parseFlows);
  return leftFlows(all, { frontends, vips: new Set(holders.flatMap(addressesOf)) });
}

async function changedFlows(changed: readonly FlowFrontend[]): Promise<Flow[]> {
  const asked = new Map(changed.map((each) => [`${each.protocol} ${each.address}`, each]));
  const stale: Flow[] = [];
  for (const { protocol, address } of asked.values()) {
    const all = parseFlows(await conntrack('-L', ...flowsTo(protocol, address)));
    stale.push(...staleFlows(all, changed));
  }
  return stale;
}

/** Frontends whose endpoints are others than before; one that has gone has none. */
export function changedFrontends(
  before: ReadonlyMap<string, FlowFrontend>,
  now: readonly FlowFrontend[],
): readonly FlowFrontend[] {
  const keys = new Set(now.map(frontendKey));
  const gone = [...before].filter(([key]) => !keys.has(key)).map(([, frontend]) => frontend);
  return [
    ...now.filter((each) => !isSame(before.get(frontendKey(each))?.endpoints, each.endpoints)),
    ...gone.map((frontend) => ({ ...frontend, endpoints: [] })),
  ];
}

/** How a frontend is known to `changedFrontends`: of one name there may be both protocols. */
export function frontendKey({ protocol, name }: FlowFrontend): string {
  return `${protocol} ${name}`;
}

/** One flow for each that stands for others: VIP, port and endpoint, sorted. */
export function staleFlows(all: readonly Flow[], frontends: readonly FlowPort[]): readonly Flow[] {
  const served = new Map(
    frontends.map((frontend) => [
      portKey(frontend),
      new Set(frontend.endpoints.map((endpoint) => `${endpoint.address} ${endpoint.port}`)),
    ]),
  );
  const stale = all.filter(({ protocol, vip, port, endpoint, endpointPort }) => {
    const endpoints = served.get(`${protocol} ${vip} ${port}`);
    return endpoints !== undefined && !endpoints.has(`${endpoint} ${endpointPort}`);
  });
  const unique = new Map(stale.map((flow) => [keyOf(flow), flow]));
  return [...unique.values()].toSorted(by(keyOf));
}

/** The same of what an earlier agent left: also of ports of these VIPs that nobody serves. */
export function leftFlows(
  all: readonly Flow[],
  of: { readonly frontends: readonly FlowFrontend[]; readonly vips: ReadonlySet<string> },
): readonly Flow[] {
  const served = new Set(of.frontends.map(portKey));
  const ports = all.map(({ protocol, vip, port }) => ({ protocol, address: vip, port }));
  const gone = ports.filter((port) => of.vips.has(port.address) && !served.has(portKey(port)));
  return staleFlows(all, [...of.frontends, ...gone.map((port) => ({ ...port, endpoints: [] }))]);
}

type FlowPort = Pick<FlowFrontend, 'protocol' | 'address' | 'port' | 'endpoints'>;

function portKey({ protocol, address, port }: Omit<FlowPort, 'endpoints'>): string {
  return `${protocol} ${address} ${port}`;
}

function keyOf({ protocol, vip, port, endpoint, endpointPort }: Flow): string {
  return `${protocol} ${vip} ${port} ${endpoint} ${endpointPort}`;
}

/** What it lists; of more than `run` reads, the first part. */
async function conntrack(...args: string[]): Promise<string> {
  return (await run('conntrack', args)).stdout;
}

function flowsTo(protocol: FlowProtocol, vip: string): string[] {
  return [
    '-p',
    protocol.toLowerCase(),
    '-f',
    vip.includes(':') ? 'ipv6' : 'ipv4',
    '--orig-dst',
    vip,
  ];
}

/**
 * Reads `conntrack -L`: of each line of our protocols the destination of the request and the source
 * of the reply.
 * `udp 17 29 src=C dst=VIP sport=1 dport=53 src=POD dst=NODE sport=5353 dport=1 mark=…`
 */
export function parseFlows(text: string): Flow[] {
  return text.split('\n').flatMap((line) => {
    const protocol = protocols.find((each) => line.startsWith(`${each.toLowerCase()} `));
    if (protocol === undefined) return [];
    const fields = [...line.matchAll(/\b(src|dst|sport|dport)=(\S+)/g)];
    const values = (name: string) => fields.filter(([, key]) => key === name).map(([, , v]) => v);
    const [vip, endpoint] = [values('dst')[0], values('src')[1]];
    const [port, endpointPort] = [values('dport')[0], values('sport')[1]].map(Number);
    if (vip === undefined || endpoint === undefined || !port || !endpointPort) return [];
    return [{ protocol, vip, port, endpoint, endpointPort }];
  });
}

const protocols: readonly FlowProtocol[] = ['UDP', 'SCTP'];

/** Ends with 1 where the flow has ended meanwhile. */
async function forget({ protocol, vip, port, endpoint, endpointPort }: Flow): Promise<void> {
  const reply = ['--reply-src', endpoint, '--reply-port-src', String(endpointPort)];
  const of = [...flowsTo(protocol, vip), '--orig-port-dst', String(port)];
  await conntrack('-D', ...of, ...reply);
}
