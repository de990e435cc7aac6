import { isOurs } from '../allocate/claims.ts';
import { isCarried } from '../allocate/draft.ts';
import type { Granted, Outcome } from '../allocate/outcome.ts';
import { none } from '../lib/none.ts';
import { Remembered } from '../lib/remembered.ts';
import { isSame } from '../lib/same.ts';
import type { Condition, Ingress, Service, Vip } from '../model/objects.ts';
import { serviceConditions } from '../tables/names.ts';
import { conditionsOf } from './conditions.ts';
import { judgeService } from './service-conditions.ts';
import { serviceFinalizersWanted } from './service-finalizers.ts';
import { ingressOf } from './service-ingress.ts';
import { programmingOf } from './service-programming.ts';
import type { ServiceSources } from './service-sources.ts';
import { isQuiet, type Part, type Subject, samePart, silent, statusPart } from './status-part.ts';

/** What a Service's status and finalizers should be; nothing for one that never was ours (R1). */
export function serviceStatus(sources: ServiceSources, service: Service): Part {
  const outcome = sources.allocation.outcomes.get(service.uid);
  const vips = sources.vipsOfHolder.get(service.uid) ?? [];
  return quiet.of(service, readBeside(sources, service, { outcome, vips }), () => {
    const part = {
      ...statusOf(sources, service, { outcome, vips }),
      ...finalizersOf(service, outcome, vips),
    };
    return isQuiet(part) && part.wakeAtMs === undefined ? silent : part;
  });
}

/** Of most Services nothing is to be written, and will not be before something of this changes. */
const quiet = new Remembered<Service, Part>(isQuiet);

function readBeside(
  { snapshot, states, complaints }: ServiceSources,
  { namespace, name }: Service,
  has: { outcome: Outcome | undefined; vips: readonly Vip[] },
): readonly unknown[] {
  return [
    ...[snapshot.isDefaultClass, snapshot.pools.length === 0, has.outcome],
    complaints.get(`${namespace}/${name}`),
    ...has.vips,
    ...has.vips.map(({ instance }) => states.get(instance)),
  ];
}

function finalizersOf(
  service: Service,
  outcome: Outcome | undefined,
  vips: readonly Vip[],
): Partial<Part> {
  const isHeadless = outcome?.kind === 'refused' && outcome.reason.code === 'NoClusterIp';
  const finalizers = serviceFinalizersWanted(
    service,
    isHeadless ? undefined : outcome,
    vips.some(isCarried),
  );
  if (finalizers === undefined) return {};
  return { finalizers: { ...subjectOf(service), finalizers } };
}

function statusOf(
  sources: ServiceSources,
  service: Service,
  has: { outcome: Outcome | undefined; vips: readonly Vip[] },
): Part {
  if (service.deleting) return silent;
  if (!isOurs(service, sources.snapshot.isDefaultClass)) return forgotten(service);
  if (has.outcome === undefined || has.outcome.kind === 'preparing') return silent;
  if (has.outcome.kind === 'refused') {
    const { reason } = has.outcome;
    const isKept = sources.snapshot.pools.length === 0 || reason.code === 'NoEligibleNode';
    // A55: a controller that starts before its pools or nodes exist wipes nobody.
    const ingress = isKept ? service.ingress : [];
    return written(sources, service, { ingress, outcome: has.outcome });
  }
  return grantedStatus(sources, service, { granted: has.outcome, vips: has.vips });
}

function grantedStatus(
  sources: ServiceSources,
  service: Service,
  has: { granted: Granted; vips: readonly Vip[] },
): Part {
  const { granted } = has;
  const programming = programmingOf(sources, service, has);
  const { answering, conflicts, nodes } = programming;
  const lacking = [...programming.unsupported].filter(([, unable]) =>
    unable.some((node) => nodes.includes(node)),
  );
  const unsupported = new Set(lacking.map(([protocol]) => protocol));
  const wanted = ingressOf({ service, granted, answering, conflicts, unsupported });
  const part = written(sources, service, { ingress: wanted, outcome: granted, programming });
  return { ...part, wakeAtMs: programming.wakeAtMs };
}

type Wanted = Parameters<typeof judgeService>[1] & { readonly ingress: readonly Ingress[] };

function written(sources: ServiceSources, service: Service, wanted: Wanted): Part {
  const before = ourConditions(service);
  const judgements = judgeService(service, wanted);
  const { nowMs } = sources.snapshot;
  const conditions = conditionsOf(judgements, { before, nowMs });
  const isModeRefused = conditions.some(({ reason }) => reason === 'IPModeUnsupported');
  const wasModeRefused = before.some(({ reason }) => reason === 'IPModeUnsupported');
  // A server that drops ipMode is asked twice and then believed, or we would write for ever (R23).
  const isIngressSame =
    isSame(service.ingress, wanted.ingress) ||
    (isModeRefused &&
      wasModeRefused &&
      isSame(withoutMode(service.ingress), withoutMode(wanted.ingress)));
  if (isIngressSame && samePart({ conditions: before }, { conditions })) return silent;
  const loadBalancer = { ingress: wanted.ingress };
  return statusPart(subjectOf(service), { loadBalancer, conditions }, before);
}

/**
 * A Service that is not ours any more loses what we said of it; the API server wipes the addresses
 * itself (R9, R26).
 */
function forgotten(service: Service): Part {
  if (ourConditions(service).length === 0) return silent;
  return { write: { ...subjectOf(service), status: {} }, events: none };
}

const ourTypes: ReadonlySet<string> = new Set(Object.values(serviceConditions));

function ourConditions({ conditions }: Service): readonly Condition[] {
  return conditions.filter(({ type }) => ourTypes.has(type));
}

function withoutMode(ingress: readonly Ingress[]): readonly Ingress[] {
  return ingress.map((entry) => ({ ...entry, ipMode: undefined }));
}

function subjectOf({ namespace, name, uid, resourceVersion }: Service): Subject {
  return {
    regarding: { apiVersion: 'v1', kind: 'Service', namespace, name, uid },
    resourceVersion,
  };
}
