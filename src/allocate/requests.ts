import { none } from '../lib/none.ts';
import { only } from '../lib/only.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Service } from '../model/objects.ts';
import type { Address } from '../net/address.ts';
import { parseAddress } from '../net/parse-address.ts';
import { annotations } from '../tables/names.ts';
import { quoted, type Reason, reason } from '../tables/reasons.ts';

/** What a Service's owner asks for (A24–A29); an empty list asks for no address. */
export type Request = {
  readonly pool: string | undefined;
  readonly addresses: readonly Address[];
};

/**
 * Reads the request of a Service; an impossible one is refused whatever the pools have (A24–A26).
 */
export function parseRequest(service: Service): Result<Request, Reason> {
  const annotated = service.annotations[annotations.addresses];
  const pool = service.annotations[annotations.pool]?.trim();
  if (annotated !== undefined && service.loadBalancerIp !== undefined) {
    return refused(reason('RequestConflict', { annotation: annotations.addresses }));
  }
  const addresses = parseAddresses(
    addressesField(service),
    annotated ?? service.loadBalancerIp ?? '',
  );
  if (!addresses.ok) return addresses;
  const unfit = addresses.value.length > 0 ? whyUnfit(service, addresses.value) : undefined;
  if (unfit !== undefined) return refused(unfit);
  if (!pool && addresses.value.length === 0) return nothingAsked;
  return ok({ pool: pool === '' ? undefined : pool, addresses: addresses.value });
}

/** Where a Service that asks for addresses does so. */
export function addressesField(service: Pick<Service, 'annotations'>): string {
  const annotated = service.annotations[annotations.addresses];
  return annotated === undefined ? 'spec.loadBalancerIP' : annotations.addresses;
}

const nothingAsked = ok<Request>({ pool: undefined, addresses: none });

function parseAddresses(field: string, text: string): Result<readonly Address[], Reason> {
  if (text.trim() === '') return ok([]);
  const parts = text.split(',').map((part) => part.trim());
  const addresses: Address[] = [];
  for (const part of parts) {
    const parsed = parseAddress(part);
    if (!parsed.ok) {
      return refused(unparsable(field, text, `"${quoted(part)}" ${parsed.problem}`));
    }
    addresses.push(parsed.value);
  }
  const families = new Set(addresses.map(({ family }) => family));
  if (families.size === addresses.length) return ok(addresses);
  return refused(unparsable(field, text, 'a family occurs twice'));
}

function unparsable(field: string, text: string, why: string): Reason {
  const remedy = 'one address of each family of the Service, separated by a comma';
  return reason('RequestUnparsable', { field, text: quoted(text), why, remedy });
}

/** A26: exactly the families of the Service. */
function whyUnfit(service: Service, addresses: readonly Address[]): Reason | undefined {
  const requested = addresses.map(({ family }) => family).sort();
  const wanted = [...familiesOf(service)].sort();
  if (requested.join() === wanted.join()) return undefined;
  const data = { wanted: wanted.join(' and '), requested: requested.join(' and ') };
  return reason('RequestFamilies', data);
}

/**
 * The families of the Service's cluster IPs, primary first (A38); none for a headless one (A39).
 */
export function familiesOf(service: Service): Service['families'] {
  const { clusterIps, families } = service;
  const count = only(clusterIps, isAddress).length;
  return count < families.length ? families.slice(0, count) : families;
}

function isAddress(ip: string): boolean {
  return ip !== '' && ip !== 'None';
}
