import type { Granted } from '../allocate/outcome.ts';
import type {
  Instance,
  OmittedRows,
  Protocol,
  ReportedOther,
  ReportedSecret,
  Service,
  Vip,
} from '../model/objects.ts';
import type { SecretReason } from '../tables/reasons.ts';
import type { Complaint } from './complaints.ts';
import type { InstanceState } from './instance-states.ts';
import type { ServiceSources } from './service-sources.ts';

/** What the nodes make of a Service's addresses. */
export type Programming = {
  /** Names of the Vips that answer and may be published. */
  readonly answering: ReadonlySet<string>;
  /** Nodes that hold them, sorted. */
  readonly nodes: readonly string[];
  /** An instance that nobody holds. */
  readonly unheld: Instance | undefined;
  /** A node that refused the Service's configuration, and why. */
  readonly refusal: { readonly node: string; readonly sentence: string } | undefined;
  /** What is wrong with its Secrets, the worst first; only one node is said. */
  readonly secret: { readonly node: string; readonly of: ReportedSecret } | undefined;
  /** A Service that it names and that gives no servers; only the first is said. */
  readonly other: { readonly node: string; readonly of: ReportedOther } | undefined;
  /** Ports another process has on some node: what is said in PortsServed. */
  readonly conflictNodes: ReadonlyMap<number, readonly string[]>;
  /** Ports a holder could not bind: what is said in status. */
  readonly conflicts: ReadonlySet<number>;
  /** Protocols of its ports that a member cannot serve, each with those members (R40). */
  readonly unsupported: ReadonlyMap<Protocol, readonly string[]>;
  /** A node whose report may lack some of the kind about this Service; of refusals a holder. */
  readonly incomplete: ReadonlyMap<keyof OmittedRows, string>;
  readonly wakeAtMs: number | undefined;
};

/**
 * Reads from the nodes' reports what became of a Service's Vips; outcomes, never intentions
 * (style.md section 3).
 */
export function programmingOf(
  sources: ServiceSources,
  service: Service,
  has: { granted: Granted; vips: readonly Vip[] },
): Programming {
  const vips = has.granted.vips.flatMap(({ name }) => has.vips.filter((vip) => vip.name === name));
  const names = [...new Set(vips.map((vip) => vip.instance))];
  const states = names.flatMap((name) => sources.states.get(name) ?? []);
  const answering = vips.filter((vip) => sources.states.get(vip.instance)?.answers);
  const nodes = states.flatMap((state) => state.holder ?? []);
  const wakes = states.flatMap((state) => state.wakeAtMs ?? []);
  return {
    answering: new Set(answering.map((vip) => vip.name)),
    nodes: [...new Set(nodes)].sort(),
    unheld: states.find((state) => state.holder === undefined)?.instance,
    unsupported: unsupportedOf(service, states),
    wakeAtMs: wakes.length === 0 ? undefined : Math.min(...wakes),
    ...complained(sources.complaints.get(`${service.namespace}/${service.name}`) ?? [], nodes),
  };
}

/** As every living member of its instances says of itself. */
function unsupportedOf(
  { ports }: Service,
  states: readonly InstanceState[],
): ReadonlyMap<Protocol, readonly string[]> {
  const unable = states.flatMap((state) => state.unable);
  const protocols = [...new Set(ports.map(({ protocol }) => protocol))];
  const lacking = protocols.map((protocol) => {
    const nodes = unable.filter((each) => each.protocol === protocol).map(({ node }) => node);
    return [protocol, [...new Set(nodes)].sort()] as const;
  });
  return new Map(lacking.filter(([, nodes]) => nodes.length > 0));
}

/** A port conflict anywhere is said; only a holder's keeps a port, or the Service, from clients. */
function complained(complaints: readonly Complaint[], holders: readonly string[]) {
  const conflictNodes = new Map<number, string[]>();
  const conflicts = new Set<number>();
  let refusal: Programming['refusal'];
  let secret: Programming['secret'];
  let other: Programming['other'];
  const incomplete = new Map<keyof OmittedRows, string>();
  for (const { node, port, sentence, secret: of, other: named, omitted } of complaints) {
    if (named !== undefined) other ??= { node, of: named };
    const isHolder = holders.includes(node);
    if (port !== undefined) {
      conflictNodes.set(port, [...new Set([...(conflictNodes.get(port) ?? []), node])]);
      if (isHolder) conflicts.add(port);
    }
    if (of !== undefined && urgency(of) < urgency(secret?.of)) secret = { node, of };
    if (isHolder && sentence !== undefined) refusal ??= { node, sentence };
    const isHeard = isHolder || omitted !== 'refusals';
    if (omitted !== undefined && isHeard && !incomplete.has(omitted)) incomplete.set(omitted, node);
  }
  return { conflictNodes, conflicts, refusal, secret, other, incomplete };
}

/** The order in which people should hear of it. */
const urgent: readonly SecretReason[] = [
  ...(['SecretForbidden', 'SecretMissing', 'SecretInvalid'] as const),
  ...(['CertificateExpired', 'SecretPending', 'CertificateExpiring'] as const),
];

function urgency(of: ReportedSecret | undefined): number {
  return of === undefined ? urgent.length : urgent.indexOf(of.reason);
}
