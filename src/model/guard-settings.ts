import { annotations } from '../tables/names.ts';
import { quoted, type Reason, reason, sentence } from '../tables/reasons.ts';
import { type SettingName, settingAnnotation as say } from '../tables/settings.ts';
import type { Service } from './objects.ts';
import { tlsPorts } from './port-mode.ts';
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
  return half(settings) ?? halfToPods(settings) ?? missingPorts(service, settings);
}

/** What does nothing without another setting, and which one. */
const needed = [
  ['tls-ports', 'tls-secrets'],
  ['tls-profile', 'tls-secrets'],
  ['tls-client-ca', 'tls-secrets'],
  // Without it a client could also write the header itself from which the pods hear who it is.
  ['tls-client-certificates', 'tls-client-ca'],
] as const satisfies readonly (readonly [SettingName, SettingName])[];

function half(settings: ServiceSettings): string | undefined {
  const found = needed.find(
    ([name, other]) => settings[name] !== undefined && settings[other] === undefined,
  );
  if (found === undefined) return undefined;
  const [name, other] = found.map(say);
  return `annotation ${name} needs ${other}; set that as well, or remove ${name}`;
}

const settingsToPods: readonly (readonly [SettingName, readonly string[]])[] = [
  ['server-tls-ca', ['Verified']],
  ['server-tls-name', ['Verified', 'Unverified']],
];

/** Towards the pods, who would be spoken to in the clear or taken whoever they are. */
function halfToPods(settings: ServiceSettings): string | undefined {
  const { 'server-tls': mode = 'None', 'server-tls-ca': authority } = settings;
  if (mode === 'Verified' && authority === undefined) {
    const what = `annotation ${say('server-tls')} is Verified`;
    return `${what}, and ${say('server-tls-ca')} names no Secret; name that of the pods’ CA`;
  }
  const idle = settingsToPods.find(
    // Whom nobody verifies may still be asked for by name.
    ([name, modes]) => settings[name] !== undefined && !modes.includes(mode),
  )?.[0];
  if (idle === undefined) return undefined;
  const remedy = `write ${say('server-tls')}: Verified, or remove ${say(idle)}`;
  return `annotation ${say(idle)} has no effect while ${say('server-tls')} is ${mode}; ${remedy}`;
}

/** One that is not there may be meant for one that is, which would be served without TLS. */
function missingPorts({ ports }: Service, settings: ServiceSettings): string | undefined {
  const own = new Set(ports.flatMap(({ port, protocol }) => (protocol === 'TCP' ? [port] : [])));
  const missing = [...tlsPorts(settings)].filter((port) => !own.has(port)).join(', ');
  if (missing === '') return undefined;
  const remedy = `write in ${say('tls-ports')} only ports that it has`;
  return `TLS is to be ended on ${missing}, and the Service has no such TCP port; ${remedy}`;
}
