import type { FlowFrontend, FlowProtocol } from '../desired/desired-node.ts';
import { by } from '../lib/order.ts';
import { isSame } from '../lib/same.ts';
import { run } from './program.ts';

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
  /** By protocol and name, as they were when their flows were looked at last. */
  #cleaned: ReadonlyMap<string, FlowFrontend> = new Map();

  /** Call after the ruleset is loaded. Asks for the flows of what has changed only. */
  async clean(frontends: readonly FlowFrontend[]): Promise<void> {
    const changed = changedFrontends(this.#cleaned, frontends);
    const asked = new Map(changed.map((each) => [`${each.protocol} ${each.address}`, each]));
    for (const { protocol, address } of asked.values()) {
      for (const flow of staleFlows(await flowsOf(protocol, address), changed)) await forget(flow);
    }
    this.#cleaned = new Map(frontends.map((frontend) => [frontendKey(frontend), frontend]));
  }
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
export function staleFlows(
  all: readonly Flow[],
  frontends: readonly FlowFrontend[],
): readonly Flow[] {
  const served = new Map(
    frontends.map(({ protocol, address, port, endpoints }) => [
      `${protocol} ${address} ${port}`,
      new Set(endpoints.map((endpoint) => `${endpoint.address} ${endpoint.port}`)),
    ]),
  );
  const stale = all.filter(({ protocol, vip, port, endpoint, endpointPort }) => {
    const endpoints = served.get(`${protocol} ${vip} ${port}`);
    return endpoints !== undefined && !endpoints.has(`${endpoint} ${endpointPort}`);
  });
  const unique = new Map(stale.map((flow) => [keyOf(flow), flow]));
  return [...unique.values()].toSorted(by(keyOf));
}

function keyOf({ protocol, vip, port, endpoint, endpointPort }: Flow): string {
  return `${protocol} ${vip} ${port} ${endpoint} ${endpointPort}`;
}

async function flowsOf(protocol: FlowProtocol, vip: string): Promise<Flow[]> {
  const { stdout } = await run('conntrack', ['-L', ...flowsTo(protocol, vip)]);
  return parseFlows(protocol, stdout);
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
 * Reads `conntrack -L -p PROTOCOL`: of each line the destination of the request and the source of
 * the reply.
 * `udp 17 29 src=C dst=VIP sport=1 dport=53 src=POD dst=NODE sport=5353 dport=1 mark=…`
 */
export function parseFlows(protocol: FlowProtocol, text: string): Flow[] {
  return text.split('\n').flatMap((line) => {
    const fields = [...line.matchAll(/\b(src|dst|sport|dport)=(\S+)/g)];
    const values = (name: string) => fields.filter(([, key]) => key === name).map(([, , v]) => v);
    const [vip, endpoint] = [values('dst')[0], values('src')[1]];
    const [port, endpointPort] = [values('dport')[0], values('sport')[1]].map(Number);
    if (vip === undefined || endpoint === undefined || !port || !endpointPort) return [];
    return [{ protocol, vip, port, endpoint, endpointPort }];
  });
}

/** Ends with 1 where the flow has ended meanwhile. */
async function forget({ protocol, vip, port, endpoint, endpointPort }: Flow): Promise<void> {
  const reply = ['--reply-src', endpoint, '--reply-port-src', String(endpointPort)];
  const of = [...flowsTo(protocol, vip), '--orig-port-dst', String(port)];
  await run('conntrack', ['-D', ...of, ...reply]);
}
