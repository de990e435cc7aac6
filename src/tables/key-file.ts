/**
 * A key that HAProxy reads from a file: `certificate` is a chain with its private key,
 * `authority` what signs the certificates of others. The file's content is nowhere in what is
 * desired: that is logged and saved.
 */
export type KeyName = {
  readonly kind: 'certificate' | 'authority';
  readonly namespace: string;
  readonly secret: string;
};

/** The name of its file, alike on every node; neither part can hold a `_` or a `/`. */
export function keyFile({ kind, namespace, secret }: KeyName): string {
  return `${kind === 'certificate' ? 'tls' : 'ca'}_${namespace}_${secret}.pem`;
}

/** What a file of that name is. */
export function kindOfFile(file: string): KeyName['kind'] {
  return file.startsWith('tls_') ? 'certificate' : 'authority';
}
