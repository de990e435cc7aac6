import type { metrics } from './metrics.ts';

type Rows = (typeof metrics)[keyof typeof metrics];

/** What the values of a label are; bounded by what it names. */
export const metricLabels = {
  verb: 'HTTP method of the request',
  resource: 'kind of object it was about, in plural, and its subresource: `services/status`',
  code: 'HTTP status of the answer; a word where there was none',
  pool: 'name of the VipPool',
  family: '`IPv4` or `IPv6`',
  use: 'what they are: `size` is all of them; the others as in status.addresses of the VipPool',
  reason: 'why, as a stable code: of Services one of reasons.md, of reloads what changed',
  instance: 'name of the VrrpInstance',
  namespace: 'namespace of the Service or Secret',
  service: 'name of the Service',
  secret: 'name of the Secret',
  server:
    'address and port of the pod, with dashes; `others`: those of a port beyond 2,000 of the node',
  result: '`reached` the holder’s filter, `elsewhere`, or `unknown`: no answer that tells',
  port: 'number of its port; all its addresses together',
  protocol: '`UDP` or `SCTP`; what passes HAProxy has no such label',
} as const satisfies Record<Rows['labels'][number], string>;
