import type { Frontend } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import { type KeyName, keyFile } from '../tables/key-file.ts';

/** A key with the Services that want it, `namespace/name`, sorted. */
export type WantedKey = KeyName & { readonly file: string; readonly services: readonly string[] };

/** Every key that frontends want, each once, sorted by its file. */
export function keysOf(frontends: readonly Frontend[]): readonly WantedKey[] {
  const found = new Map<string, { key: KeyName; services: Set<string> }>();
  for (const frontend of frontends) {
    for (const key of keysOfFrontend(frontend)) {
      const file = keyFile(key);
      const entry = found.get(file) ?? { key, services: new Set() };
      entry.services.add(frontend.service);
      found.set(file, entry);
    }
  }
  const files = [...found].toSorted(([a], [b]) => byText(a, b));
  return files.map(([file, { key, services }]) => {
    return { ...key, file, services: [...services].sort() };
  });
}

/** It is not served without at least one key file. */
export function needsKey(frontend: Frontend): boolean {
  return keysOfFrontend(frontend).length > 0;
}

function keysOfFrontend({ tls, serverTls }: Frontend): readonly KeyName[] {
  return [
    ...(tls?.certificates ?? []),
    ...(tls?.clientAuthority === undefined ? [] : [tls.clientAuthority]),
    ...(serverTls?.authority === undefined ? [] : [serverTls.authority]),
  ];
}
