import { networkList, type SettingRow } from './setting-row.ts';

/** A day: a session of a database may rest over night. */
export const idleSecondsUsual = 86_400;

const afterReload =
  'A reload begins to count anew: what is open goes on, and is no part of the limit any more.';

/** Who may connect, how often and for how long. */
export const clientSettings = {
  'max-connections': {
    kind: 'count',
    unit: 'connections',
    min: 1,
    max: 1_000_000,
    isUnlimited: true,
    means:
      'What all clients together may have open at once on one port of an address; further ones are ' +
      'closed and counted. Clients that are turned away by source ranges or by a limit for each ' +
      'client take no part of it. ' +
      afterReload,
    example: '2000',
  },
  'connections-per-second': {
    kind: 'count',
    unit: 'connections a second',
    min: 1,
    max: 1_000_000,
    isUnlimited: true,
    means:
      'How fast all clients together may connect to one port of an address; further ones are closed ' +
      'and counted. Only those that are let in count, so about so many are, however many come. A ' +
      'reload begins to count anew.',
    example: '500',
  },
  'max-connections-per-client': {
    kind: 'count',
    unit: 'connections',
    min: 1,
    max: 100_000,
    isUnlimited: true,
    means:
      'What one client address may have open at once on one port; further ones are closed and ' +
      'counted. Clients behind one NAT are one client. ' +
      afterReload,
    example: '50',
  },
  'connections-per-second-per-client': {
    kind: 'count',
    unit: 'connections a second',
    min: 1,
    max: 100_000,
    isUnlimited: true,
    means:
      'How fast one client address may connect to one port; further ones are closed and counted. ' +
      'Those that are closed count as well: who does not slow down is not let in. A reload begins ' +
      'to count anew.',
    example: '20',
  },
  'idle-timeout-seconds': {
    kind: 'count',
    unit: 'seconds',
    min: 1,
    max: 604_800,
    default: idleSecondsUsual,
    means:
      'A connection on which nothing was said for so long, in neither direction, is closed. A peer ' +
      'that is gone without a word is noticed within two minutes, by TCP keepalive, so sessions of ' +
      'a database may rest for long. In HTTP mode a client connection between two requests is closed ' +
      'after 60 s. In every mode a connection that one side has closed rests for 30 s at most.',
    example: '600',
  },
  'access-log': {
    kind: 'choice',
    values: ['None', 'Errors', 'All'],
    default: 'None',
    means:
      'Which connections, in HTTP mode requests, HAProxy logs on the node that serves them: a line of ' +
      'JSON each in the log of the pool’s pod. Errors are those that failed or were retried.',
    example: 'Errors',
  },
  'access-log-sample': {
    kind: 'count',
    unit: 'connections or requests for each that is logged',
    min: 1,
    max: 1_000_000,
    default: 1,
    means: 'Of so many one is logged.',
    example: '100',
  },
  'denied-source-ranges': {
    kind: 'word',
    pattern: networkList,
    lists: 'networks',
    shape: 'at most 32 networks in CIDR notation with commas between them',
    leftOut: 'nobody is denied',
    isGuard: true,
    isOwn: true,
    isOfEveryPort: true,
    means:
      'Networks whose clients may not connect, whatever spec.loadBalancerSourceRanges allows. Their ' +
      'connections are closed and counted, their datagrams dropped. Behind proxy-protocol-from both ' +
      'families count on every address.',
    example: '192.0.2.0/24,2001:db8::/32',
  },
  'proxy-protocol-from': {
    kind: 'word',
    pattern: networkList,
    lists: 'networks',
    shape: 'at most 32 networks in CIDR notation with commas between them',
    leftOut: 'nobody: the client is who connects',
    isGuard: true,
    isOwn: true,
    means:
      'Networks of load balancers in front of this one. From there every connection must begin with ' +
      'a PROXY protocol header, and the client is who that names, of either family: for source ' +
      'ranges, limits, affinity and what the pods hear. From elsewhere no header is expected. One ' +
      'that does not come within ten seconds ends the connection.',
    example: '192.0.2.10/32',
  },
} as const satisfies Readonly<Record<string, SettingRow>>;
