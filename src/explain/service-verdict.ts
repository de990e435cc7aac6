import { isOurs } from '../allocate/claims.ts';
import type { Service, Vip } from '../model/objects.ts';
import { formatAddress } from '../net/format-address.ts';
import { loadBalancerClass, serviceConditions } from '../tables/names.ts';
import { reason } from '../tables/reasons.ts';
import { reassignCommand } from './commands.ts';
import { type Advice, adviceOn, type Told, tell, tellCondition } from './finding.ts';
import { type FrontendRow, isServing, standsIn } from './frontend-rows.ts';
import type { Picture } from './picture.ts';

/** What a Service's path comes to. */
export type Verdict = Told &
  Advice & {
    /**
     * `answers`: all is well. `partly`: it answers, with something amiss. `waits`: it has no
     * address. `unserved`: it has one that does not answer. `preparing`, `leaving`: on its way.
     * `not-ours`: not Fairlead's.
     */
    readonly state:
      | 'answers'
      | 'partly'
      | 'waits'
      | 'unserved'
      | 'preparing'
      | 'leaving'
      | 'not-ours';
  };

/** Judges by the conditions, the first that is bad; then by what stands behind the frontends. */
export function verdictOf(
  { snapshot }: Picture,
  service: Service,
  of: { readonly vips: readonly Vip[]; readonly frontends: readonly FrontendRow[] },
): Verdict {
  if (!isOurs(service, snapshot.isDefaultClass)) return notOurs(service, of.vips);
  if (service.deleting) return leaving('it is being deleted', of.vips);
  const conditionOf = (type: string) =>
    service.conditions.find((condition) => condition.type === type);
  const allocated = conditionOf(serviceConditions.allocated);
  if (allocated === undefined) return verdict('preparing', tell(reason('Preparing')));
  if (allocated.status === 'False') return verdict('waits', tellCondition(allocated));
  const programmed = conditionOf(serviceConditions.programmed);
  if (programmed?.status === 'False') return verdict('unserved', tellCondition(programmed));
  const ports = conditionOf(serviceConditions.portsServed);
  if (ports?.status === 'False') return verdict('partly', tellCondition(ports));
  const certificates = conditionOf(serviceConditions.certificatesReady);
  if (certificates?.status === 'False') return verdict('partly', tellCondition(certificates));
  const unknown = [programmed, ports, certificates].find((each) => each?.status === 'Unknown');
  if (unknown !== undefined) return verdict('partly', tellCondition(unknown));
  const empty = of.frontends.find((row) => !isServing(row));
  if (empty !== undefined) return withoutEndpoints(service, empty);
  if (ports !== undefined && ports.reason !== 'PortsServed') {
    return verdict('partly', tellCondition(ports));
  }
  if (allocated.reason === 'Allocated') {
    return verdict('answers', tellCondition(programmed ?? allocated));
  }
  const isStranded = allocated.reason === 'KeptOutsidePool';
  const command = isStranded ? reassignCommand(service) : null;
  return verdict('partly', tellCondition(allocated), command);
}

function verdict(state: Verdict['state'], told: Told, command: string | null = null): Verdict {
  return { state, ...told, ...adviceOn(told.code, command) };
}

function withoutEndpoints(service: Service, row: FrontendRow): Verdict {
  const { address, port, backup } = row;
  const { namespace, name } = service;
  const slices = `-l kubernetes.io/service-name=${name}`;
  const command = `kubectl get endpointslices -n ${namespace} ${slices}`;
  const why = standsIn(row)
    ? reason('BackupServes', { address, port, other: backup?.service ?? '' })
    : reason('NoEndpoints', { address, port });
  return verdict('partly', tell(why), command);
}

function leaving(why: string, vips: readonly Vip[]): Verdict {
  const addresses = vips.map(({ address }) => formatAddress(address)).join(', ');
  return verdict('leaving', tell(reason('Leaving', { why, addresses })));
}

function notOurs(service: Service, vips: readonly Vip[]): Verdict {
  const why = whyNotOurs(service);
  if (vips.length > 0) return leaving(why, vips);
  return verdict('not-ours', tell(reason('NotFairleads', { why })));
}

function whyNotOurs({ type, loadBalancerClass: named }: Service): string {
  if (type !== 'LoadBalancer') return `spec.type is ${type}; write LoadBalancer`;
  const write = `write spec.loadBalancerClass: ${loadBalancerClass} when creating it`;
  if (named !== undefined) return `spec.loadBalancerClass is ${named}; ${write}`;
  return `it has no loadBalancerClass, and Fairlead is not the default class; ${write}`;
}
