import { type Reason, reason } from '../tables/reasons.ts';
import { type SettingName, settingAnnotation } from '../tables/settings.ts';
import type { Service } from './objects.ts';
import type { ServiceSettings } from './service-settings.ts';

/** Settings that name other Services and come to nothing, with why; what else is set counts. */
export function idleShares(
  { name, ports }: Pick<Service, 'name' | 'ports'>,
  settings: ServiceSettings,
): readonly Reason[] {
  const { 'canary-service': canary, 'backup-service': backup, balance } = settings;
  const say = (setting: SettingName, why: string) =>
    reason('SettingIdle', { annotation: settingAnnotation(setting), why });
  const missing = settingAnnotation('canary-percent');
  const others = ports.filter(({ protocol }) => protocol !== 'TCP');
  const list = others.map(({ port, protocol }) => `${port}/${protocol}`).join(', ');
  return [
    ...(canary === name ? [say('canary-service', 'it names the Service itself')] : []),
    ...(backup === name ? [say('backup-service', 'it names the Service itself')] : []),
    ...(canary === undefined && settings['canary-percent'] !== undefined
      ? [say('canary-percent', `${settingAnnotation('canary-service')} names no Service`)]
      : []),
    ...(canary !== undefined && settings['canary-percent'] === undefined
      ? [say('canary-service', `${missing} is not set, so its share is 0`)]
      : []),
    ...(canary !== undefined && balance === 'First'
      ? [say('canary-percent', `${settingAnnotation('balance')} First knows no shares`)]
      : []),
    ...(canary !== undefined && others.length > 0
      ? [say('canary-service', `on ${list}: only TCP is shared out`)]
      : []),
  ];
}

/** The Services of its namespace that a Service names in its settings, sorted. */
export function namedServices(settings: ServiceSettings): readonly string[] {
  const { 'canary-service': canary, 'backup-service': backup } = settings;
  return [...new Set([canary, backup].filter((name) => name !== undefined))].sort();
}
