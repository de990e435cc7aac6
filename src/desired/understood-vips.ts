import type { Service, Vip, VipHolder } from '../model/objects.ts';
import { stayingHolders } from '../model/vip-holders.ts';
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
    if (!isServed(vip)) return true;
    return stayingHolders(vip).every((holder) =>
      isKnown(holder, byKey.get(`${holder.namespace}/${holder.name}`)),
    );
  });
}

function isKnown(holder: VipHolder, service: Service | undefined): boolean {
  if (service === undefined || service.uid !== holder.uid) return false;
  return holder.ports.every((granted) =>
    service.ports.some((p) => p.port === granted.port && p.protocol === granted.protocol),
  );
}
