import { type SettingRow, secretName, secretNames } from './setting-row.ts';

/** Where TLS is ended unless a Service says otherwise. */
export const tlsPortsDefault = '443';

/** TLS towards clients. */
export const tlsSettings = {
  'tls-secrets': {
    kind: 'word',
    pattern: secretNames,
    lists: 'secrets',
    shape: 'names of at most 16 Secrets of the Service’s namespace with commas between them',
    leftOut: 'TLS is not ended here: bytes pass as they come',
    isGuard: true,
    isOwn: true,
    means:
      'Secrets of type kubernetes.io/tls with which HAProxy ends TLS on tls-ports. Which one answers ' +
      'is decided by the name the client asks for (SNI); the first one answers everybody else. The ' +
      'agents must be allowed to read them: kubectl fairlead grant-tls.',
    example: 'shop-tls,blog-tls',
  },
  'tls-ports': {
    kind: 'word',
    pattern: /^[1-9][0-9]{0,4}(, ?[1-9][0-9]{0,4}){0,15}$/,
    shape: 'ports of the Service with commas between them',
    leftOut: tlsPortsDefault,
    isGuard: true,
    isOwn: true,
    means:
      'Ports on which TLS is ended with tls-secrets. Each is a TCP port of the Service, which is ' +
      'closed while one of them is not there; of those in a VipPolicy one is enough, and a Service ' +
      'without tls-secrets may have it.',
    example: '443,8443',
  },
  'tls-profile': {
    kind: 'choice',
    values: ['Intermediate', 'Modern'],
    default: 'Intermediate',
    isGuard: true,
    means:
      'Versions and ciphers, after Mozilla’s profiles: Intermediate takes TLS 1.2 with forward secrecy ' +
      'and 1.3, Modern only 1.3.',
    example: 'Modern',
  },
  'tls-client-ca': {
    kind: 'word',
    pattern: secretName,
    shape: 'the name of a Secret of the Service’s namespace',
    leftOut: 'no client certificate is asked for',
    isGuard: true,
    isOwn: true,
    means:
      'The Secret whose ca.crt signs the certificates of clients. In HTTP mode the pods find the ' +
      'subject in the header X-SSL-Client-Subject, with proxy-protocol V2 in the header of that. What ' +
      'a client writes into the former itself is taken out on every port in HTTP mode, with TLS or ' +
      'without; on a port in TCP mode bytes pass as they come, so do not believe it there. Sessions ' +
      'are not resumed on such a port: each new connection shows its certificate. Another CA counts ' +
      'for those, and open ones go on.',
    example: 'clients-ca',
  },
  'tls-client-certificates': {
    kind: 'choice',
    values: ['Required', 'Optional'],
    default: 'Required',
    isGuard: true,
    means:
      'Whether a client without a certificate is served. A certificate that tls-client-ca did not ' +
      'sign is refused either way.',
    example: 'Optional',
  },
} as const satisfies Readonly<Record<string, SettingRow>>;
