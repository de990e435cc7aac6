import { isHeld } from '../allocate/draft.ts';
import { apiPath, resources } from '../kube/api-path.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ClusterSnapshot, Service, VipHolder } from '../model/objects.ts';
import { fieldsOf, listOf } from '../model/raw.ts';
import { stayingHolders } from '../model/vip-holders.ts';
import { concerningService } from './concerning-service.ts';
import { inParallel } from './in-parallel.ts';

/**
 * The Services that hold Vips and that the Services watch does not show. Every kind has a watch of
 * its own, and one may lag behind another: a replica that takes over can know the Vips its
 * predecessor made and not yet the Services it made them for. To believe that those are gone would
 * take their addresses away, so they are asked for one by one; usually there is none. Throws when
 * one cannot be asked for.
 */
export async function absentHolders(
  client: KubeClient,
  { vips, services }: Pick<ClusterSnapshot, 'vips' | 'services'>,
): Promise<readonly Service[]> {
  const shown = new Set(services.map(({ uid }) => uid));
  const absent = new Map<string, VipHolder>();
  for (const vip of vips) {
    if (!isHeld(vip)) continue;
    for (const holder of stayingHolders(vip)) {
      if (!shown.has(holder.uid)) absent.set(holder.uid, holder);
    }
  }
  const found: Service[] = [];
  await inParallel([...absent.values()], async (holder) => {
    const service = await serviceOf(client, holder);
    if (service !== undefined) found.push(service);
    return true;
  });
  return found;
}

/**
 * A namesake with another UID is somebody else (R11). Listing needs no right beside the watch's.
 */
async function serviceOf(
  client: KubeClient,
  { namespace, uid }: VipHolder,
): Promise<Service | undefined> {
  const answer = await client.request({ path: apiPath(resources.services, { namespace }) });
  const raw = listOf(fieldsOf(answer)['items']);
  return raw.flatMap((item) => concerningService(item) ?? []).find((each) => each.uid === uid);
}
