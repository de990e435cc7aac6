import type { ClusterSnapshot, Service } from '../model/objects.ts';
import { loadBalancerClass, ownServiceFinalizer } from '../tables/names.ts';
import { familiesOf } from './requests.ts';

/**
 * Whether Fairlead handles the Service at all (R1): type and class; never by what stands in its
 * status (R10).
 */
export function isOurs(service: Service, isDefaultClass: boolean): boolean {
  if (service.type !== 'LoadBalancer') return false;
  const { loadBalancerClass: wanted } = service;
  return wanted === undefined ? isDefaultClass : wanted === loadBalancerClass;
}

/**
 * Whether the Service is ours or was: a load balancer of our class or of none, or anything that
 * carries our finalizer (R1, R10).
 */
export function mayBeOurs(service: Service): boolean {
  if (isPrepared(service)) return true;
  const { type, loadBalancerClass: named } = service;
  return type === 'LoadBalancer' && (named === undefined || named === loadBalancerClass);
}

/** The Services that shall have an address: ours, alive, with a family to serve (A39). */
export function wantedServices(snapshot: ClusterSnapshot): readonly Service[] {
  return snapshot.services.filter((service) => isWanted(service, snapshot));
}

/** Whether the Service is one of those. */
export function isWanted(
  service: Service,
  { isDefaultClass }: Pick<ClusterSnapshot, 'isDefaultClass'>,
): boolean {
  return isOurs(service, isDefaultClass) && !service.deleting && familiesOf(service).length > 0;
}

/** R6: nothing is allocated before the finalizer stands. */
export function isPrepared(service: Service): boolean {
  return service.finalizers.includes(ownServiceFinalizer);
}
