import { byEach, byNumber, byText, grouped } from '../lib/order.ts';
import type { Pool, Service } from '../model/objects.ts';
import { formatAddress } from '../net/format-address.ts';
import { vipFinalizer } from '../tables/names.ts';
import { reason } from '../tables/reasons.ts';
import { matches } from './choose-pools.ts';
import { type Draft, holderOf, isHeld, release, type VipPlan } from './draft.ts';
import { stillContains } from './pool-space.ts';
import { familiesOf } from './requests.ts';

/**
 * Holdings before anything else (A2, A53): every held Vip whose Service still wants it stays,
 * whatever became of pools, labels and priorities (A46, A48, A49, A51); every other one is released
 * (A39, A45, A57).
 */
export function keepHeld(draft: Draft, wanted: readonly Service[]): void {
  const services = new Map(wanted.map((service) => [service.uid, service]));
  const held = [...draft.vips.values()].filter(isHeld);
  const families = grouped(held, (vip) => `${vip.holder?.uid}/${vip.address.family}`);
  for (const rivals of families.values()) {
    const service = services.get(rivals[0]?.holder?.uid ?? '');
    const kept = service && rivals.toSorted(byPublished(service))[0];
    for (const vip of rivals) {
      if (service !== undefined && vip === kept && isStillWanted(service, vip)) {
        keep(draft, service, vip);
      } else release(draft, vip);
    }
  }
}

/**
 * Two leaders at once may have given one Service two addresses of a family: the published one
 * stays.
 */
function byPublished(service: Service) {
  const published = new Set(service.ingress.map(({ ip }) => ip));
  return byEach<VipPlan>(
    byNumber((vip) => (published.has(formatAddress(vip.address)) ? 0 : 1)),
    (a, b) => byText(a.name, b.name),
  );
}

function isStillWanted(service: Service, vip: VipPlan): boolean {
  return familiesOf(service).includes(vip.address.family);
}

function keep(draft: Draft, service: Service, vip: VipPlan): void {
  const pool = draft.spaces.find((space) => space.pool.name === vip.pool)?.pool;
  const phase = isStranded(pool, vip) ? 'Stranded' : 'Held';
  const phaseSinceMs = phase === vip.phase ? vip.phaseSinceMs : draft.snapshot.nowMs;
  const finalizers = vip.finalizers.includes(vipFinalizer)
    ? vip.finalizers
    : [...vip.finalizers, vipFinalizer];
  const holder = holderOf(service);
  draft.vips.set(vip.name, { ...vip, holder, phase, phaseSinceMs, finalizers });
  if (pool !== undefined) noteWhatChanged(draft, service, { vip, pool, phase });
}

/** A48. A pool that is not valid judges nobody (A51): what was stranded before stays so. */
function isStranded(pool: Pool | undefined, vip: VipPlan): boolean {
  if (pool === undefined) return true;
  if (pool.problems.length > 0) return vip.phase === 'Stranded';
  return !stillContains(pool, vip.address);
}

function noteWhatChanged(
  draft: Draft,
  service: Service,
  of: { vip: VipPlan; pool: Pool; phase: string },
): void {
  const address = formatAddress(of.vip.address);
  const namespace = draft.namespaces.get(service.namespace);
  if (of.phase === 'Stranded') {
    note(draft, service, reason('KeptOutsidePool', { address, pool: of.pool.name }));
  } else if (!matches({ service, namespace, spaces: [] }, of.pool)) {
    note(draft, service, reason('KeptUnselected', { addresses: address, pool: of.pool.name }));
  }
}

/** Remembers something to say about a Service that keeps what it holds. */
export function note(draft: Draft, service: Service, text: ReturnType<typeof reason>): void {
  draft.notes.set(service.uid, [...(draft.notes.get(service.uid) ?? []), text]);
}
