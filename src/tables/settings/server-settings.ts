import { type SettingRow, secretName } from './setting-row.ts';

/** How servers are chosen, checked and spoken to. */
export const serverSettings = {
  balance: {
    kind: 'choice',
    values: ['RoundRobin', 'LeastConnections', 'Random', 'SourceHash', 'First'],
    default: 'RoundRobin',
    means:
      'How new connections are shared out. LeastConnections suits sessions of different length; ' +
      'Random takes the less loaded of two; SourceHash sends a client address to the same server on ' +
      'every node as long as that is there; First fills one server before the next, so it needs ' +
      'max-connections-per-server. With sessionAffinity ClientIP, RoundRobin means SourceHash.',
    example: 'LeastConnections',
  },
  'health-check': {
    kind: 'choice',
    values: ['TCP', 'HTTP', 'HTTPS', 'TLS', 'GRPC', 'Redis', 'MySQL', 'PostgreSQL', 'SMTP'],
    default: 'TCP',
    means:
      'How a server is checked, beside what Kubernetes says of its pod: TCP opens a connection, HTTP ' +
      'asks for health-check-path and takes a status of health-check-status, HTTPS does so over TLS ' +
      'although HAProxy itself may pass on bytes, TLS completes a handshake. With server-tls every ' +
      'check is inside that TLS, so HTTP is HTTPS there, but for TCP and HTTP on a port of their own; ' +
      'without it no check looks at the certificate. GRPC asks grpc.health.v1.Health and takes SERVING, ' +
      'Redis sends PING, MySQL signs in as health-check-user, PostgreSQL begins to, SMTP says HELO, with ' +
      'health-check-host EHLO.',
    example: 'HTTP',
  },
  'health-check-path': {
    kind: 'word',
    pattern: /^\/[A-Za-z0-9_.,:;/@()*=-]{0,254}$/,
    shape: 'a path of at most 255 characters that begins with / and has no query',
    leftOut: '/',
    means: 'What an HTTP or HTTPS check asks for.',
    example: '/healthz',
  },
  'health-check-host': {
    kind: 'word',
    pattern: /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/,
    shape: 'a host name',
    leftOut: 'no Host header: the check is of HTTP/1.0',
    means:
      'The Host header of an HTTP or HTTPS check, and whom a GRPC or SMTP check names. HTTPS and TLS ' +
      'checks also ask for this name in the handshake (SNI); with server-tls they ask for ' +
      'server-tls-name, as clients’ traffic does.',
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
    isPort: true,
    min: 1,
    max: 65_535,
    leftOut: 'the port that serves',
    means:
      'Another port of the pod that is checked instead; HTTP checks speak HTTP/1 there, also where ' +
      'the traffic is HTTP/2.',
    example: '8081',
  },
  'health-check-interval-seconds': {
    kind: 'count',
    unit: 'seconds',
    min: 1,
    max: 300,
    default: 1,
    means:
      'The pause between two checks of a server that is up. A failed one is repeated after ' +
      'health-check-fast-interval-milliseconds, and health-check-fall failures in a row take the ' +
      'server out: at the defaults a dead pod, refusing or silent, gets no new connection after 1.5 s, ' +
      'and each second more here is a second more of that. With server-tls and with TLS and HTTPS ' +
      'checks one that is silent gets none after 2.1 s (connect-timeout-milliseconds).',
    example: '5',
  },
  'connect-timeout-milliseconds': {
    kind: 'count',
    unit: 'milliseconds',
    min: 50,
    max: 60_000,
    leftOut: '200; with server-tls and with TLS and HTTPS checks 500',
    means:
      'How long a server may take to be connected, handshake included; then another one is tried, ' +
      'once at least, and for 1.5 s in all. Checks have the same time, so a silent pod has clients ' +
      'for twice as much longer. For pods that are far away or slow to accept.',
    example: '1000',
  },
  'max-connections-per-server': {
    kind: 'count',
    unit: 'connections',
    min: 1,
    max: 100_000,
    isUnlimited: true,
    means:
      'What one server gets at once on one port of an address, from the node that holds that: ' +
      'connections, in HTTP mode requests. Further ones wait in a queue for five seconds; then a ' +
      'connection is closed, and a request answered with 503. A Service of two families gives a ' +
      'server twice as much, and so does a reload while what was there before goes on.',
    example: '200',
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
  'slow-start-seconds': {
    kind: 'count',
    unit: 'seconds',
    min: 1,
    max: 3_600,
    leftOut: 'a full share at once',
    means:
      'How long a server that comes up gets fewer connections than the others, more by and by. It ' +
      'counts with RoundRobin, LeastConnections and Random.',
    example: '30',
  },
  'server-tls': {
    kind: 'choice',
    values: ['None', 'Verified', 'Unverified'],
    default: 'None',
    isGuard: true,
    // A pool that asked for it could not name a CA of each namespace.
    isOwn: true,
    means:
      'Whether HAProxy speaks TLS to the pods. Verified takes only certificates signed by ' +
      'server-tls-ca; Unverified takes every certificate, so it hides what is said from those who ' +
      'listen and from nobody else.',
    example: 'Verified',
  },
  'server-tls-ca': {
    kind: 'word',
    pattern: secretName,
    shape: 'the name of a Secret of the Service’s namespace',
    leftOut: 'none; Verified needs one',
    isGuard: true,
    isOwn: true,
    means: 'The Secret whose ca.crt signs the pods’ certificates.',
    example: 'pods-ca',
  },
  'server-tls-name': {
    kind: 'word',
    pattern: /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/,
    shape: 'a host name',
    leftOut: 'no name is asked for, and any name signed by the CA is taken',
    isGuard: true,
    isOwn: true,
    means:
      'The name that HAProxy asks for (SNI), and with Verified the one that the pods’ certificates must have.',
    example: 'web.shop.svc',
  },
} as const satisfies Readonly<Record<string, SettingRow>>;
