import type { SettingRow } from './setting-row.ts';

/** What counts where HAProxy reads requests. */
export const httpSettings = {
  protocol: {
    kind: 'choice',
    values: ['Auto', 'TCP', 'HTTP'],
    default: 'Auto',
    means:
      'TCP passes bytes on as they come. HTTP reads requests: HTTP/1.1, HTTP/2, WebSockets, gRPC. Auto ' +
      'is HTTP for ports whose appProtocol is http, kubernetes.io/h2c or kubernetes.io/ws, or, where ' +
      'TLS is ended, https or kubernetes.io/wss; else TCP. Pods of kubernetes.io/h2c are spoken to in ' +
      'HTTP/2.',
    example: 'HTTP',
  },
  'client-headers': {
    kind: 'choice',
    values: ['XForwarded', 'Forwarded', 'None'],
    default: 'XForwarded',
    means:
      'HTTP: how the pods hear who the client is. XForwarded adds the address to X-Forwarded-For and ' +
      'sets X-Forwarded-Proto and X-Forwarded-Port; Forwarded adds the header of RFC 7239.',
    example: 'Forwarded',
  },
  'session-cookie': {
    kind: 'word',
    pattern: /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    shape: 'the name of a cookie: a letter, then at most 63 letters, digits, _ and -',
    leftOut: 'no cookie',
    means:
      'HTTP: the name of a cookie by which a client keeps its server as long as that is there, also ' +
      'when another node takes the address over.',
    example: 'FAIRLEAD',
  },
  'request-timeout-seconds': {
    kind: 'count',
    unit: 'seconds',
    min: 1,
    max: 3_600,
    default: 10,
    means: 'HTTP: how long a client may take to send the headers of a request.',
    example: '30',
  },
  'max-request-bytes': {
    kind: 'count',
    unit: 'bytes',
    min: 1,
    max: 999_999_999,
    isUnlimited: true,
    means:
      'HTTP: a request that announces a longer body (Content-Length) is refused with 413, one with a ' +
      'body that announces no length with 411: chunked ones, and streams such as those of gRPC.',
    example: '10485760',
  },
  'requests-per-second-per-client': {
    kind: 'count',
    unit: 'requests a second',
    min: 1,
    max: 100_000,
    isUnlimited: true,
    means: 'HTTP: how many requests one client address may send; further ones get 429.',
    example: '50',
  },
  'https-redirect': {
    kind: 'choice',
    values: ['Disabled', 'Enabled'],
    default: 'Disabled',
    means:
      'Ports without TLS answer every request with a redirect to https (308), to the lowest of the ' +
      'Service’s tls-ports. They are in HTTP mode then. Where TLS is ended on none it has no effect.',
    example: 'Enabled',
  },
  'hsts-seconds': {
    kind: 'count',
    unit: 'seconds',
    min: 1,
    max: 94_608_000,
    leftOut: 'no header',
    means:
      'HTTP on ports with TLS: browsers are told to come by https only for so long ' +
      '(Strict-Transport-Security). Raise it by and by: it cannot be taken back.',
    example: '86400',
  },
  compression: {
    kind: 'choice',
    values: ['Disabled', 'Enabled'],
    default: 'Disabled',
    means:
      'HTTP: texts are compressed (gzip) for clients that take it, where the pod did not do it. It ' +
      'costs CPU time of the node, and together with secrets in answers it can give those away (BREACH).',
    example: 'Enabled',
  },
  'error-text': {
    kind: 'word',
    pattern: /^[A-Za-z0-9][A-Za-z0-9 .,:;/@()=_-]{0,199}$/,
    shape: 'at most 200 letters, digits, spaces and .,:;/@()=_-',
    leftOut: 'HAProxy’s own page',
    means: 'HTTP: what a client reads when no pod can answer (502, 503, 504).',
    example: 'Back at 6 am. Questions: shop@example.com',
  },
} as const satisfies Readonly<Record<string, SettingRow>>;
