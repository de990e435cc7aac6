import type { Granted, Outcome } from '../allocate/outcome.ts';
import type { Ingress, OmittedRows, Service } from '../model/objects.ts';
import { secretNames } from '../model/port-mode.ts';
import { servable } from '../model/servable.ts';
import { serviceSettings } from '../model/service-settings.ts';
import { formatAddress } from '../net/format-address.ts';
import { serviceConditions } from '../tables/names.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import { type Judgement, judge } from './conditions.ts';
import { lastHolderOf } from './holders.ts';
import type { Programming } from './service-programming.ts';

/**
 * The conditions of one of our Services: has it addresses, do they answer, are all its ports
 * served.
 */
export function judgeService(
  service: Service,
  has: {
    readonly outcome: Exclude<Outcome, { kind: 'preparing' }>;
    readonly programming?: Programming;
    readonly ingress: readonly Ingress[];
  },
): readonly Judgement[] {
  const { outcome, programming } = has;
  if (outcome.kind === 'refused') {
    return [judge(serviceConditions.allocated, 'False', outcome.reason), ...judgePorts(service)];
  }
  const allocated = judge(serviceConditions.allocated, 'True', allocatedReason(outcome));
  if (programming === undefined) return [allocated];
  return [
    allocated,
    judgeProgrammed(service, { granted: outcome, programming, ingress: has.ingress }),
    ...judgePorts(service, programming),
    ...judgeCertificates(service, programming),
  ];
}

/** Only of Services that name Secrets and are not closed. One that ends soon serves still. */
function judgeCertificates(service: Service, programming: Programming): Judgement[] {
  const { secret } = programming;
  const secrets = secretNames(serviceSettings(service).settings);
  if (secrets.length === 0 || servable(service).refusal !== undefined) return [];
  const type = serviceConditions.certificatesReady;
  const isServed = secret === undefined || secret.of.reason === 'CertificateExpiring';
  const unknown = isServed ? judgeUnknown(type, programming, 'secrets') : undefined;
  if (unknown !== undefined) return [unknown];
  if (secret === undefined) {
    return [judge(type, 'True', reason('CertificatesReady', { secrets: secrets.join(', ') }))];
  }
  const { node, of } = secret;
  const { namespace } = service;
  const why = reason(of.reason, { secret: of.secret, node, namespace, why: of.message });
  return [judge(type, isServed ? 'True' : 'False', why)];
}

/** Nothing is said against it, by a node that had no room to say all. */
function judgeUnknown(
  type: string,
  { incomplete }: Programming,
  kind: keyof OmittedRows,
): Judgement | undefined {
  const node = incomplete.get(kind);
  return node === undefined
    ? undefined
    : judge(type, 'Unknown', reason('ReportIncomplete', { node }));
}

/** The first thing its owner should know, else simply what it holds. */
function allocatedReason({ vips, pool, notes }: Granted): Reason {
  const addresses = vips.map((vip) => formatAddress(vip.address)).join(', ');
  return notes[0] ?? reason('Allocated', { addresses, pool });
}

function judgeProgrammed(
  service: Service,
  has: { granted: Granted; programming: Programming; ingress: readonly Ingress[] },
): Judgement {
  const { granted, programming } = has;
  const type = serviceConditions.programmed;
  const addresses = granted.vips.map((vip) => formatAddress(vip.address)).join(', ');
  const why = whyNotProgrammed(service, { ...has, addresses });
  if (why !== undefined) return judge(type, 'False', why);
  const nodes = programming.nodes.join(', ');
  const isTrue = judge(type, 'True', reason('Programmed', { addresses, nodes }));
  return judgeUnknown(type, programming, 'refusals') ?? isTrue;
}

function whyNotProgrammed(
  service: Service,
  has: {
    granted: Granted;
    programming: Programming;
    ingress: readonly Ingress[];
    addresses: string;
  },
): Reason | undefined {
  const { granted, programming, addresses } = has;
  const { refusal } = servable(service);
  if (refusal !== undefined) return refusal;
  if (programming.refusal !== undefined) return reason('DataPlaneRefused', programming.refusal);
  if (isModeDropped(service, granted)) return reason('IPModeUnsupported');
  const unheld = programming.unheld;
  if (unheld !== undefined && isPublished(service, granted)) {
    return reason('NoHolder', { instance: unheld.name, last: lastHolderOf(unheld) });
  }
  const allAnswer = granted.vips.every((vip) => programming.answering.has(vip.name));
  // A node that programs the next change is not late for what it served before.
  const isCatchingUp =
    unheld === undefined && wasProgrammed(service) && isPublished(service, granted);
  return allAnswer || isCatchingUp ? undefined : reason('NotProgrammed', { address: addresses });
}

function isPublished(service: Service, granted: Granted): boolean {
  const published = service.ingress.map(({ ip }) => ip);
  return granted.vips.every((vip) => published.includes(formatAddress(vip.address)));
}

function wasProgrammed({ conditions }: Service): boolean {
  return conditions.some(
    ({ type, status }) => type === serviceConditions.programmed && status !== 'False',
  );
}

/**
 * R23: the API server took what we wrote without the mode. Before our first write it is somebody
 * else's status.
 */
function isModeDropped(service: Service, granted: Granted): boolean {
  const ours = granted.vips.map((vip) => formatAddress(vip.address));
  const entries = service.ingress.filter(({ ip }) => ours.includes(ip));
  const hasWritten = service.conditions.some(({ type }) => type === serviceConditions.programmed);
  return hasWritten && entries.some(({ ipMode }) => ipMode !== 'Proxy');
}

/** Its own pods serve every port; what was to serve beside them may not. */
function servedReason({ other }: Programming): Reason {
  if (other === undefined) return reason('PortsServed');
  const { node, of } = other;
  return reason('OtherServiceUnusable', { other: of.other, why: of.why, node });
}

function judgePorts(service: Service, programming?: Programming): Judgement[] {
  const type = serviceConditions.portsServed;
  const { refusedPorts, refusal } = servable(service);
  const refused = refusedPorts[0]?.reason ?? refusal;
  if (refused !== undefined) return [judge(type, 'False', refused)];
  if (programming === undefined) return [];
  const [lacking] = programming.unsupported;
  if (lacking !== undefined) {
    const [protocol, nodes] = lacking;
    const port = service.ports.find((each) => each.protocol === protocol)?.port ?? 0;
    const why = reason('ProtocolUnsupported', { port, protocol, nodes: nodes.join(', ') });
    return [judge(type, 'False', why)];
  }
  const [conflict] = [...programming.conflictNodes].sort(([a], [b]) => a - b);
  if (conflict === undefined) {
    const unknown = judgeUnknown(type, programming, 'portConflicts');
    return [unknown ?? judge(type, 'True', servedReason(programming))];
  }
  const [port, nodes] = conflict;
  return [judge(type, 'False', reason('PortConflict', { port, nodes: nodes.join(', ') }))];
}
