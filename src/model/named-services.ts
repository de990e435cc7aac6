import { type Reason, reason } from '../tables/reasons.ts';
import { type SettingName, settingAnnotation } from '../tables/settings.ts';
import type { Service, ServicePort } from './objects.ts';
import type { ServiceSettings } from './service-settings.ts';

/**
 * Settings that name other Services and come to nothing, with why; what else is set counts.
 * `ofPort`: what counts on a port, the pool's and its own settings included.
 */
export function idleShares(
  { name, ports }: Pick<Service, 'name' | 'ports'>,
  settings: ServiceSettings,
  ofPort: (port: number) => ServiceSettings,
): readonly Reason[] {
  const { 'canary-service': canary, 'backup-service': backup } = settings;
  const say = (setting: SettingName, why: string) =>
    reason('SettingIdle', { annotation: settingAnnotation(setting), why });
  const missing = settingAnnotation('canary-percent');
  const others = ports.filter(({ protocol }) => protocol !== 'TCP');
  const shared = canary === undefined ? [] : ports.filter(({ protocol }) => protocol === 'TCP');
  const unordered = shared.filter(({ port }) => ofPort(port).balance === 'First');
  const asked = shared.filter(({ port }) => ofPort(port)['agent-check-port'] !== undefined);
  return [
    ...(canary === name ? [say('canary-service', 'it names the Service itself')] : []),
    ...(backup === name ? [say('backup-service', 'it names the Service itself')] : []),
    ...(canary === undefined && settings['canary-percent'] !== undefined
      ? [say('canary-percent', `${settingAnnotation('canary-service')} names no Service`)]
      : []),
    ...(canary !== undefined && settings['canary-percent'] === undefined
      ? [say('canary-service', `${missing} is not set, so its share is 0`)]
      : []),
    ...(unordered.length > 0
      ? [say('canary-percent', `on ${listOf(unordered)}: ${balance} First knows no shares`)]
      : []),
    ...(asked.length > 0 ? [say('canary-service', `on ${listOf(asked)}: ${agent}`)] : []),
    ...(canary !== undefined && others.length > 0
      ? [say('canary-service', `on ${listOf(others)}: only TCP is shared out`)]
      : []),
  ];
}

const balance = settingAnnotation('balance');
const agent = `with ${settingAnnotation('agent-check-port')} each pod says its share itself`;

function listOf(ports: readonly ServicePort[]): string {
  return ports.map(({ port, protocol }) => `${port}/${protocol}`).join(', ');
}

/** The Services of its namespace that a Service names in its settings, sorted. */
export function namedServices(settings: ServiceSettings): readonly string[] {
  const { 'canary-service': canary, 'backup-service': backup } = settings;
  return [...new Set([canary, backup].filter((name) => name !== undefined))].sort();
}
