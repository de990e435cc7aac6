import { idleRedirect } from '../model/idle-redirect.ts';
import { idleShares } from '../model/named-services.ts';
import type { Pool, Service } from '../model/objects.ts';
import { portMode } from '../model/port-mode.ts';
import {
  effectiveSettings,
  type ReadSettings,
  type ServiceSettings,
  serviceSettings,
  settingsOfPort,
} from '../model/service-settings.ts';
import { formatAddress } from '../net/format-address.ts';
import { annotations } from '../tables/names.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import {
  httpNames,
  type SettingName,
  settingAnnotation,
  settingField,
} from '../tables/settings.ts';
import { type Asking, matches } from './choose-pools.ts';
import type { Draft, VipPlan } from './draft.ts';
import { readingOf } from './reading.ts';
import { familiesOf } from './requests.ts';

/**
 * Says what a Service that holds addresses should know, the most pressing first: it keeps what it
 * would not be given today (A48, A49), lacks a family (A43), or has settings that do nothing.
 */
export function notesOf(draft: Draft, asking: Asking, vips: readonly VipPlan[]): Reason[] {
  const { service } = asking;
  return [
    ...vips.flatMap((vip) => noteOf(draft, asking, vip)),
    ...missing(service, vips),
    ...settings(draft, service, vips),
  ];
}

function noteOf(draft: Draft, asking: Asking, vip: VipPlan): Reason[] {
  const address = formatAddress(vip.address);
  const pool = draft.spaceOf.get(vip.pool)?.pool;
  if (vip.phase === 'Stranded') return [reason('KeptOutsidePool', { address, pool: vip.pool })];
  if (pool === undefined || matches(asking, pool)) return [];
  return [reason('KeptUnselected', { addresses: address, pool: pool.name })];
}

function missing(service: Service, vips: readonly VipPlan[]): Reason[] {
  const families = familiesOf(service);
  const lacking = families.filter((family) => !vips.some((vip) => vip.address.family === family));
  if (lacking.length === 0) return [];
  const addresses = vips.map((vip) => formatAddress(vip.address)).join(', ');
  const data = { addresses, pool: vips[0]?.pool ?? '', missing: lacking.join(' and ') };
  return [reason('AllocatedPartially', data)];
}

function settings(draft: Draft, service: Service, vips: readonly VipPlan[]): readonly Reason[] {
  const { retainSeconds: asked, problems } = readingOf(service).settings;
  const own = serviceSettings(service);
  const pool = draft.spaceOf.get(vips[0]?.pool ?? '')?.pool;
  const limit = pool?.maxRetainSeconds ?? 0;
  const data = { annotation: annotations.retainSeconds, pool: pool?.name ?? '', asked, limit };
  const isLimited = pool !== undefined && asked > limit;
  return [
    ...problems,
    ...(isLimited ? [reason('RetainLimited', data)] : []),
    ...limitedSettings(own, pool),
    ...idleSettings(service, own, pool),
    ...hiddenClients(service, own, pool),
    ...idleShares(service, own.settings, (port) => settingsWithin(own, { port, pool })),
    ...idleRedirect(service, own),
  ];
}

/** What only counts where requests are read, of a Service none of whose ports has them read. */
function idleSettings(service: Service, read: ReadSettings, pool: Pool | undefined): Reason[] {
  // A redirect reads requests of itself, where there is one (idleRedirect).
  const names = Object.keys(read.settings).filter(
    (name) => name !== 'https-redirect' && httpNames.has(name as SettingName),
  );
  if (names.length === 0) return [];
  const modes = service.ports.map((port) =>
    portMode(port, settingsWithin(read, { port: port.port, pool }), service.ports),
  );
  if (modes.some(({ protocol }) => protocol === 'HTTP')) return [];
  const protocol = settingAnnotation('protocol');
  return names.map((name) => {
    const annotation = settingAnnotation(name as SettingName);
    return reason('SettingNeedsHttp', { annotation, protocol });
  });
}

/** R46: HAProxy connects to the pods, so Local alone does not show them the client (ADR 20). */
function hiddenClients(service: Service, read: ReadSettings, pool: Pool | undefined): Reason[] {
  if (service.externalTrafficPolicy !== 'Local') return [];
  const hidden = service.ports.filter((port) => {
    if (port.protocol !== 'TCP') return false;
    const settings = settingsWithin(read, { port: port.port, pool });
    const { 'proxy-protocol': header = 'None' } = settings;
    return header === 'None' && portMode(port, settings, service.ports).protocol === 'TCP';
  });
  if (hidden.length === 0) return [];
  const ports = hidden.map(({ port }) => port).join(', ');
  const [header, protocol] = (['proxy-protocol', 'protocol'] as const).map(settingAnnotation);
  return [reason('ClientAddressHidden', { ports, header: header ?? '', protocol: protocol ?? '' })];
}

function settingsWithin(
  read: ReadSettings,
  { port, pool }: { readonly port: number; readonly pool: Pool | undefined },
): ServiceSettings {
  return effectiveSettings(settingsOfPort(read, port), pool).settings;
}

function limitedSettings(own: ReadSettings, pool: Pool | undefined): Reason[] {
  const { limited } = effectiveSettings(own.settings, pool);
  return limited.map(({ name, asked, limit }) => {
    const named = { annotation: settingAnnotation(name), field: settingField(name) };
    return reason('SettingLimited', { ...named, pool: pool?.name ?? '', asked, limit });
  });
}
