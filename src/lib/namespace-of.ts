/**
 * The namespace of `namespace/name`; empty where that is empty. It has no slash, so it never is a
 * name of that kind itself.
 */
export function namespaceOf(key: string): string {
  return key.split('/', 1)[0] ?? '';
}
