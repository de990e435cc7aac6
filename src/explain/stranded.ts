import { parseRequest } from '../allocate/requests.ts';
import { byText } from '../lib/order.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { ClusterSnapshot, Service, Vip } from '../model/objects.ts';
import { addressSettings } from '../model/parse-annotations.ts';
import { isStaying } from '../model/vip-holders.ts';
import { type Address, sameAddress } from '../net/address.ts';
import { formatAddress } from '../net/format-address.ts';
import { annotations } from '../tables/names.ts';

/** A Service that is to leave stranded addresses, and the annotation that says so (A48). */
export type Leaving = {
  readonly service: Service;
  readonly addresses: readonly Address[];
  /** The whole value of `fairlead.dev/reassign`, with what stood there before. */
  readonly annotation: string;
};

/** Which Services are meant: one, perhaps one address of it, or all of a pool. */
export type LeavingQuery =
  | { readonly service: Service; readonly address?: Address | undefined }
  | { readonly pool: string };

/** Finds what is to leave; the problem is a sentence that says why nothing is. */
export function strandedOf(
  snapshot: ClusterSnapshot,
  query: LeavingQuery,
): Result<readonly Leaving[], string> {
  return 'pool' in query ? ofPool(snapshot, query.pool) : ofService(snapshot, query);
}

function ofPool(snapshot: ClusterSnapshot, pool: string): Result<readonly Leaving[], string> {
  if (!snapshot.pools.some(({ name }) => name === pool)) {
    return refused(`there is no VipPool "${pool}"`);
  }
  const vips = snapshot.vips.filter((vip) => vip.pool === pool && vip.phase === 'Stranded');
  const leaving = snapshot.services.flatMap((service) => leavingOf(service, vips));
  const sorted = leaving.toSorted((a, b) => byText(keyOf(a.service), keyOf(b.service)));
  if (sorted.length > 0) return ok(sorted);
  return refused(`no address outside VipPool ${pool} is held: there is nothing to reassign`);
}

function ofService(
  snapshot: ClusterSnapshot,
  { service, address }: { readonly service: Service; readonly address?: Address | undefined },
): Result<readonly Leaving[], string> {
  const own = snapshot.vips.filter((vip) => isStaying(vip, service.uid));
  const stranded = own.filter(({ phase }) => phase === 'Stranded');
  const meant = stranded.filter(
    (vip) => address === undefined || sameAddress(vip.address, address),
  );
  const leaving = leavingOf(service, meant);
  if (leaving.length > 0) return ok(leaving);
  return refused(`Service ${keyOf(service)} ${whyNothing({ own, meant, address })}`);
}

function whyNothing(of: {
  readonly own: readonly Vip[];
  readonly meant: readonly Vip[];
  readonly address: Address | undefined;
}): string {
  const named = (vips: readonly Vip[]) => vips.map((vip) => formatAddress(vip.address)).join(', ');
  if (of.meant.length > 0) {
    const remedy = `remove annotation ${annotations.addresses} or spec.loadBalancerIP first`;
    return `asks for ${named(of.meant)} itself: ${remedy}`;
  }
  if (of.own.length === 0) return 'holds no address: there is nothing to reassign';
  const which =
    of.address === undefined
      ? 'nothing of that is stranded'
      : `${formatAddress(of.address)} is not stranded there`;
  return `holds ${named(of.own)}: ${which}, so it stays as it is`;
}

function keyOf({ namespace, name }: Service): string {
  return `${namespace}/${name}`;
}

function leavingOf(service: Service, vips: readonly Vip[]): Leaving[] {
  const addresses = vips
    .filter((vip) => isStaying(vip, service.uid))
    .map((vip) => vip.address)
    .filter((address) => !isRequested(service, address));
  if (addresses.length === 0) return [];
  const before = addressSettings(service).reassign.filter(
    (address) => !addresses.some((each) => sameAddress(each, address)),
  );
  return [
    { service, addresses, annotation: [...before, ...addresses].map(formatAddress).join(',') },
  ];
}

/** Whoever asks for an address by name has to take that back first. */
function isRequested(service: Service, address: Address): boolean {
  const request = parseRequest(service);
  return request.ok && request.value.addresses.some((wish) => sameAddress(wish, address));
}

/** The Service with the annotation set: what the allocator would see. */
export function withReassign({ service, annotation }: Leaving): Service {
  return {
    ...service,
    annotations: { ...service.annotations, [annotations.reassign]: annotation },
  };
}
