import { quoted, type Reason, reason, sentence } from '../tables/reasons.ts';
import { settingAnnotation } from '../tables/settings.ts';
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
  return `VipPolicy "${quoted(policy.name)}" does not exist in namespace ${namespace}`;
}

function contradiction({ ports }: Service, settings: ServiceSettings): string | undefined {
  const has = (name: Parameters<typeof settingAnnotation>[0]) => settings[name] !== undefined;
  const say = settingAnnotation;
  if (settings['server-tls'] === 'Verified' && !has('server-tls-ca')) {
    return `annotation ${say('server-tls')} is Verified, and ${say('server-tls-ca')} names no Secret`;
  }
  if (!has('tls-secrets')) {
    if (!has('tls-client-ca')) return undefined;
    return `annotation ${say('tls-client-ca')} needs ${say('tls-secrets')}`;
  }
  if (servedTlsPorts(ports, settings).length > 0) return undefined;
  const list = [...tlsPorts(settings)].join(', ');
  return `TLS is to be ended on ${list}, and the Service has no such TCP port; set ${say('tls-ports')}`;
}
