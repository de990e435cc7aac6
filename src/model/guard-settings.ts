import { annotations } from '../tables/names.ts';
import { quoted, type Reason, reason, sentence } from '../tables/reasons.ts';
import { type SettingName, settingAnnotation as say, settingField } from '../tables/settings.ts';
import type { Service } from './objects.ts';
import { servedTlsPorts, tlsPorts } from './port-mode.ts';
import { type ServiceSettings, serviceSettings } from './service-settings.ts';

/**
 * Why a Service stays closed although it has an address: a setting that protects it cannot be read,
 * or not be had as it stands. Served without it, it would be open to those it is to be kept from.
 */
export function guardRefusal(service: Service): Reason | undefined {
  const { settings, unguarded } = serviceSettings(service);
  const problem =
    missingPolicy(service) ??
    (unguarded === undefined ? contradiction(service, settings) : sentence(unguarded));
  return problem === undefined ? undefined : reason('GuardInvalid', { problem });
}

/** What it would have set may protect. */
function missingPolicy({ namespace, policy }: Service): string | undefined {
  if (policy === undefined || policy.settings !== undefined) return undefined;
  return [
    `VipPolicy "${quoted(policy.name)}", named by annotation ${annotations.policy}, does not exist`,
    `in namespace ${namespace}: create it, or correct the annotation`,
  ].join(' ');
}

function contradiction(service: Service, settings: ServiceSettings): string | undefined {
  return (
    half(service, settings) ?? halfToPods(service, settings) ?? missingPorts(service, settings)
  );
}

/** Not its policy. */
function isOwn(service: Service, name: SettingName): boolean {
  return service.annotations[say(name)] !== undefined;
}

/** The field in which somebody asks for it. */
function wished(service: Service, name: SettingName): string {
  const { policy } = service;
  if (policy === undefined || isOwn(service, name)) return `annotation ${say(name)}`;
  return `${settingField(name)} of VipPolicy "${quoted(policy.name)}"`;
}

/** What does nothing without another setting, and which one. */
const needed = [
  ['tls-ports', 'tls-secrets'],
  ['tls-profile', 'tls-secrets'],
  ['tls-client-ca', 'tls-secrets'],
  // Without it a client could also write the header itself from which the pods hear who it is.
  ['tls-client-certificates', 'tls-client-ca'],
] as const satisfies readonly (readonly [SettingName, SettingName])[];

/** How TLS is ended where it is: a policy of several Services says it also to those without. */
const mannerOfTls: ReadonlySet<SettingName> = new Set(['tls-ports', 'tls-profile']);

function half(service: Service, settings: ServiceSettings): string | undefined {
  const found = needed.find(([name, other]) => {
    if (settings[name] === undefined || settings[other] !== undefined) return false;
    return isOwn(service, name) || !mannerOfTls.has(name);
  });
  if (found === undefined) return undefined;
  const [name, other] = found;
  return `${wished(service, name)} needs ${say(other)}; set that as well, or remove it`;
}

const settingsToPods: readonly (readonly [SettingName, readonly string[]])[] = [
  ['server-tls-ca', ['Verified']],
  ['server-tls-name', ['Verified', 'Unverified']],
];

/** Towards the pods, who would be spoken to in the clear or taken whoever they are. */
function halfToPods(service: Service, settings: ServiceSettings): string | undefined {
  const { 'server-tls': mode = 'None', 'server-tls-ca': authority } = settings;
  if (mode === 'Verified' && authority === undefined) {
    const what = `${wished(service, 'server-tls')} is Verified`;
    return `${what}, and ${say('server-tls-ca')} names no Secret; name that of the pods’ CA`;
  }
  const idle = settingsToPods.find(
    // Whom nobody verifies may still be asked for by name.
    ([name, modes]) => settings[name] !== undefined && !modes.includes(mode),
  )?.[0];
  if (idle === undefined) return undefined;
  const remedy = `write ${say('server-tls')}: Verified, or remove ${say(idle)}`;
  return `${wished(service, idle)} has no effect while ${say('server-tls')} is ${mode}; ${remedy}`;
}

/** One that is not there may be meant for one that is, which would be served without TLS. */
function missingPorts(service: Service, settings: ServiceSettings): string | undefined {
  const served = servedTlsPorts(service.ports, settings);
  // A policy names the ports of all its Services; one of them is enough.
  if (served.length > 0 && !isOwn(service, 'tls-ports')) return undefined;
  const missing = [...tlsPorts(settings)].filter((port) => !served.includes(port)).join(', ');
  if (missing === '') return undefined;
  const remedy = `write in ${say('tls-ports')} only ports that it has`;
  return `TLS is to be ended on ${missing}, and the Service has no such TCP port; ${remedy}`;
}
