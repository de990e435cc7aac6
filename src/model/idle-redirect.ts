import { type Reason, reason } from '../tables/reasons.ts';
import { settingAnnotation } from '../tables/settings.ts';
import type { Service } from './objects.ts';
import { servedTlsPorts } from './port-mode.ts';
import { type ReadSettings, settingsOfPort } from './service-settings.ts';

/** A redirect to https of a Service that has no port for it, or none to send anybody from. */
export function idleRedirect(
  { ports }: Pick<Service, 'ports'>,
  read: ReadSettings,
): readonly Reason[] {
  const asking = ports.filter(({ port, protocol }) => {
    return protocol === 'TCP' && settingsOfPort(read, port)['https-redirect'] === 'Enabled';
  });
  if (asking.length === 0) return [];
  const ended = servedTlsPorts(ports, read.settings);
  if (asking.some(({ port }) => !ended.includes(port)) && ended.length > 0) return [];
  const why =
    ended.length === 0
      ? `TLS is ended on no port; ${settingAnnotation('tls-secrets')} names Secrets for that`
      : 'TLS is ended on every port it is for';
  return [reason('SettingIdle', { annotation: settingAnnotation('https-redirect'), why })];
}
