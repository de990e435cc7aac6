import { byEach, byNumber, byText } from '../lib/order.ts';
import { remembering } from '../lib/remembered.ts';
import type { Result } from '../lib/result.ts';
import type { Service, VipHolder } from '../model/objects.ts';
import { type AddressSettings, addressSettings } from '../model/parse-annotations.ts';
import { servable } from '../model/servable.ts';
import { portsPerServiceMax } from '../tables/limits.ts';
import type { Reason } from '../tables/reasons.ts';
import { parseRequest, type Request } from './requests.ts';

/** What a Service says by itself, whatever the rest of the cluster is. */
export type Reading = {
  readonly settings: AddressSettings;
  readonly request: Result<Request, Reason>;
  /** Why nothing of it is served. */
  readonly refusal: Reason | undefined;
  /** What a Vip records of it as one that has the address (A5). */
  readonly holder: VipHolder;
};

/** Read once from each version of a Service: every run asks all of them. */
export const readingOf = remembering((service: Service): Reading => {
  const settings = addressSettings(service);
  return {
    settings,
    request: parseRequest(service),
    refusal: servable(service).refusal,
    holder: holderOf(service, settings),
  };
});

/**
 * All ports of the Service count, also those that are not served yet: nobody else gets them on this
 * address (A34).
 */
function holderOf(service: Service, { sharingKey, retainSeconds }: AddressSettings): VipHolder {
  const { namespace, name, uid } = service;
  const ports = service.ports
    .slice(0, portsPerServiceMax)
    .map(({ protocol, port }) => ({ protocol, port }))
    .toSorted(
      byEach(
        byNumber(({ port }) => port),
        (a, b) => byText(a.protocol, b.protocol),
      ),
    );
  return {
    ...{ namespace, name, uid, ports, leavingSinceMs: undefined },
    ...{ sharingKey, retainSeconds },
  };
}
