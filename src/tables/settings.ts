/**
 * What the owner of a Service may set about its TCP traffic: one row a setting, from which come the
 * annotation, its parser, its bounds and the reference page (design.md section 8).
 */

type Common = {
  /** What it does, in sentences for the reference page. */
  readonly means: string;
  readonly example: string;
};

/** One of several words. */
type Choice = Common & {
  readonly kind: 'choice';
  readonly values: readonly string[];
  readonly default: string;
};

/** A whole number; without `default` there is no limit. */
type Count = Common & {
  readonly kind: 'count';
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly default?: number;
  /** What holds when it is left out, where that is no number. */
  readonly leftOut?: string;
};

/** A text of a fixed shape. */
type Word = Common & {
  readonly kind: 'word';
  readonly pattern: RegExp;
  /** What matches the pattern, for messages and the page. */
  readonly shape: string;
  readonly leftOut: string;
};

export type SettingRow = Choice | Count | Word;

export const settings = {
  balance: {
    kind: 'choice',
    values: ['RoundRobin', 'LeastConnections', 'Random', 'SourceHash', 'First'],
    default: 'RoundRobin',
    means:
      'How new connections are shared out. LeastConnections suits sessions of different length; ' +
      'Random takes the less loaded of two; SourceHash sends a client address to the same server on ' +
      'every node as long as that is there; First fills one server before the next, so it needs ' +
      'max-connections-per-server.',
    example: 'LeastConnections',
  },
  'health-check': {
    kind: 'choice',
    values: ['TCP', 'HTTP'],
    default: 'TCP',
    means:
      'How a server is checked, beside what Kubernetes says of its pod: TCP opens a connection, HTTP ' +
      'asks for health-check-path and takes a status of health-check-status.',
    example: 'HTTP',
  },
  'health-check-path': {
    kind: 'word',
    pattern: /^\/[A-Za-z0-9_.,:;/@()*=-]{0,254}$/,
    shape: 'a path of at most 255 characters that begins with / and has no query',
    leftOut: '/',
    means: 'What an HTTP check asks for.',
    example: '/healthz',
  },
  'health-check-host': {
    kind: 'word',
    pattern: /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/,
    shape: 'a host name',
    leftOut: 'no Host header: the check is of HTTP/1.0',
    means: 'The Host header of an HTTP check.',
    example: 'shop.example.com',
  },
  'health-check-status': {
    kind: 'word',
    pattern: /^[1-5][0-9]{2}(-[1-5][0-9]{2})?$/,
    shape: 'a status, or two with a dash between them',
    leftOut: '200-399',
    means: 'The statuses of a healthy server.',
    example: '200',
  },
  'health-check-port': {
    kind: 'count',
    unit: 'port number',
    min: 1,
    max: 65_535,
    leftOut: 'the port that serves',
    means: 'Another port of the pod that is checked instead.',
    example: '8081',
  },
  'health-check-interval-seconds': {
    kind: 'count',
    unit: 'seconds',
    min: 1,
    max: 300,
    default: 1,
    means:
      'The pause between two checks of a server that is up. A failed one is repeated after 250 ms, ' +
      'and two failures in a row take the server out.',
    example: '5',
  },
  'max-connections-per-server': {
    kind: 'count',
    unit: 'connections',
    min: 1,
    max: 100_000,
    leftOut: 'no limit',
    means:
      'What one server gets at once from one node; further connections wait in a queue for five ' +
      'seconds, then they are closed.',
    example: '200',
  },
  'max-connections-per-client': {
    kind: 'count',
    unit: 'connections',
    min: 1,
    max: 100_000,
    leftOut: 'no limit',
    means:
      'What one client address may have open at once on one port; further ones are closed and ' +
      'counted. Clients behind one NAT are one client.',
    example: '50',
  },
  'connections-per-second-per-client': {
    kind: 'count',
    unit: 'connections a second',
    min: 1,
    max: 100_000,
    leftOut: 'no limit',
    means:
      'How fast one client address may connect to one port; further ones are closed and counted.',
    example: '20',
  },
  'idle-timeout-seconds': {
    kind: 'count',
    unit: 'seconds',
    min: 1,
    max: 604_800,
    default: 3_600,
    means:
      'A connection on which nothing was said for so long, in neither direction, is closed. A peer ' +
      'that is gone without a word is noticed sooner, by TCP keepalive.',
    example: '86400',
  },
  'proxy-protocol': {
    kind: 'choice',
    values: ['None', 'V1', 'V2'],
    default: 'None',
    means:
      'Tells the server who the client is, before the client’s first byte (PROXY protocol of HAProxy, ' +
      'version 1 is a line of text). The server must expect it; so do health checks, unless they have ' +
      'a port of their own.',
    example: 'V2',
  },
} as const satisfies Readonly<Record<string, SettingRow>>;

export type SettingName = keyof typeof settings;

/** Where a Service's owner writes it. */
export function settingAnnotation(name: SettingName): string {
  return `fairlead.dev/${name}`;
}

/** Every setting, in the order of the page. */
export const settingNames = Object.keys(settings) as SettingName[];

/** The same as a field of the API: `health-check-path` is `healthCheckPath`. */
export function settingField(name: SettingName): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Settings that have a highest value. */
export type CountName = {
  [Name in SettingName]: (typeof settings)[Name]['kind'] extends 'count' ? Name : never;
}[SettingName];

export const countNames = settingNames.filter(
  (name): name is CountName => settings[name].kind === 'count',
);
