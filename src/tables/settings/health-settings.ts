import type { SettingRow } from './setting-row.ts';

/** How it is found out whether a server is well. */
export const healthSettings = {
  'health-check-method': {
    kind: 'choice',
    values: ['GET', 'HEAD', 'OPTIONS'],
    default: 'GET',
    means:
      'How an HTTP or HTTPS check asks. An answer to HEAD has no body, so with health-check-body it is asked ' +
      'with GET instead.',
    example: 'HEAD',
  },
  'health-check-body': {
    kind: 'word',
    pattern: /^[A-Za-z0-9][A-Za-z0-9 .,:;/@()=_-]{0,126}$/,
    shape: 'at most 127 letters, digits, spaces and .,:;/@()=_-',
    leftOut: 'the body is not looked at',
    means:
      'HTTP or HTTPS check: a text that the answer of a healthy server has in its body, beside a status of ' +
      'health-check-status; several spaces count as one.',
    example: 'status: ok',
  },
  'health-check-grpc-service': {
    kind: 'word',
    pattern: /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,99}$/,
    shape: 'a name of at most 100 letters, digits and _./-',
    leftOut: 'the server as a whole: no name is sent',
    means: 'GRPC check: the service of which the pod is asked whether it is SERVING.',
    example: 'shop.v1.Checkout',
  },
  'health-check-user': {
    kind: 'word',
    pattern: /^[A-Za-z_][A-Za-z0-9_-]{0,31}$/,
    shape: 'a name of at most 32 letters, digits, _ and -',
    leftOut: 'haproxy',
    means:
      'MySQL and PostgreSQL checks: the user in whose name is asked. MySQL must have it, without a ' +
      'password and without any right; of PostgreSQL it is enough that pg_hba.conf lets it in, or asks ' +
      'it for a password.',
    example: 'health',
  },
  'health-check-timeout-milliseconds': {
    kind: 'count',
    unit: 'milliseconds',
    min: 50,
    max: 60_000,
    default: 500,
    means:
      'How long a server may take to answer a check, once it is connected. As much longer than the ' +
      'default it is, so much later a server that connects and says nothing is taken out, twice over.',
    example: '2000',
  },
  'health-check-fall': {
    kind: 'count',
    unit: 'checks',
    min: 1,
    max: 100,
    default: 2,
    means:
      'So many failed checks in a row take a server out. Each one more costs ' +
      'health-check-fast-interval-milliseconds and, of a server that is silent, the time it is waited ' +
      'for.',
    example: '3',
  },
  'health-check-rise': {
    kind: 'count',
    unit: 'checks',
    min: 1,
    max: 100,
    default: 1,
    means:
      'So many checks in a row that pass bring a server back; each one more follows after ' +
      'health-check-fast-interval-milliseconds.',
    example: '2',
  },
  'health-check-fast-interval-milliseconds': {
    kind: 'count',
    unit: 'milliseconds',
    min: 50,
    max: 60_000,
    default: 50,
    means: 'The pause before the next check while a server is on its way down or up.',
    example: '1000',
  },
  'passive-check': {
    kind: 'choice',
    values: ['Connections', 'Responses', 'Disabled'],
    default: 'Connections',
    means:
      'What of the traffic itself tells that a server is ill. Connections are those it does not take; ' +
      'Responses in HTTP mode are also those it fails to give and those with a status of 500 and above, ' +
      'but for 501 and 505; of TCP it is the same as Connections. Disabled leaves it to the checks, which take ' +
      'up to 1.5 s at the defaults where connections that fail take it out sooner.',
    example: 'Responses',
  },
  'passive-check-limit': {
    kind: 'count',
    unit: 'errors',
    min: 1,
    max: 1_000,
    default: 3,
    means:
      'So many errors in a row have the consequence of passive-check-action. A check that passes ' +
      'between them starts the count anew: of a pod with few clients and a check each second no three ' +
      'may ever come, where 1 does.',
    example: '10',
  },
  'passive-check-action': {
    kind: 'choice',
    values: ['MarkDown', 'FailCheck', 'SuddenDeath', 'FastInterval'],
    default: 'MarkDown',
    means:
      'What follows on passive-check-limit errors. MarkDown takes the server out until a check passes; ' +
      'FailCheck counts as a failed check; SuddenDeath as all but the last of those that take it out; ' +
      'FastInterval only has it checked after health-check-fast-interval-milliseconds.',
    example: 'FailCheck',
  },
  'when-all-fail': {
    kind: 'choice',
    values: ['Refuse', 'FailOpen'],
    default: 'Refuse',
    means:
      'What happens to new connections when no server is well: every one fails its check or is taken ' +
      'out by its own agent. Refuse closes them; FailOpen shares them out among all of them ' +
      'nevertheless, where a wrong check is likelier than a Service whose pods are all ill.',
    example: 'FailOpen',
  },
  'agent-check-port': {
    kind: 'count',
    unit: 'port number',
    isPort: true,
    min: 1,
    max: 65_535,
    leftOut: 'the pods are not asked',
    means:
      'A port on which the pod itself says, in a line of text, what it can take, beside the checks ' +
      '(agent-check of HAProxy): 50% is half of its share, drain only those who are there, maint nobody, ' +
      'ready everybody again; down takes it out until up. A pod that does not answer there stays as it ' +
      'last said. What Kubernetes says goes before: an endpoint that ends is not asked any more. ' +
      'canary-service has no effect beside it.',
    example: '8083',
  },
  'agent-check-interval-seconds': {
    kind: 'count',
    unit: 'seconds',
    min: 1,
    max: 300,
    default: 2,
    means: 'How often a pod is asked on agent-check-port.',
    example: '5',
  },
} as const satisfies Readonly<Record<string, SettingRow>>;
