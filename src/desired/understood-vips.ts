import type { Service, Vip } from '../model/objects.ts';
import { isServed } from './desired-instances.ts';
import type { NodeSnapshot } from './node-snapshot.ts';

/**
 * The Vips a node may call programmed. Services and Vips come by two watches in any order: a Vip
 * whose Service, or one of whose ports, has not arrived yet is not served, so it must not be
 * published (design.md section 2.9).
 */
export function understoodVips({ vips, services }: NodeSnapshot): Vip[] {
  const byKey = new Map(
    services.map((service) => [`${service.namespace}/${service.name}`, service]),
  );
  return vips.filter((vip) => {
    if (!isServed(vip) || vip.holder === undefined) return true;
    return isKnown(vip.holder, byKey.get(`${vip.holder.namespace}/${vip.holder.name}`));
  });
}

function isKnown(holder: NonNullable<Vip['holder']>, service: Service | undefined): boolean {
  if (service === undefined || service.uid !== holder.uid) return false;
  return holder.ports.every((granted) =>
    service.ports.some((p) => p.port === granted.port && p.protocol === granted.protocol),
  );
}
