import type { SettingRow } from './setting-row.ts';

/** Which of the servers get how much. */
export const shareSettings = {
  topology: {
    kind: 'choice',
    values: ['Preferred', 'Ignored'],
    default: 'Preferred',
    means:
      'Whether the hints count that Kubernetes puts on endpoints where spec.trafficDistribution is ' +
      'PreferSameNode, PreferSameZone or PreferClose. Preferred: servers near the node that holds the ' +
      'address serve, the others when none of those can. All clients come by that one node, so its ' +
      'zone’s pods must be able to carry them; Ignored shares out evenly, and still lets clients ' +
      'inside the cluster prefer what is near them.',
    example: 'Ignored',
  },
} as const satisfies Readonly<Record<string, SettingRow>>;
