import { errorOfStatusObject, KubeError } from './kube-error.ts';
import { isRawObject, type RawObject } from './raw-object.ts';

/** One line of a watch. `Bookmark` only says how far the watch has come. */
export type WatchEvent =
  | { readonly kind: 'put'; readonly object: RawObject; readonly resourceVersion: string }
  | { readonly kind: 'removed'; readonly object: RawObject; readonly resourceVersion: string }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

/**
 * Reads one line. Throws KubeError: the server's own error for an ERROR event (`Gone` where the
 * version is too old), `Invalid` for a line that is not an event.
 */
export function parseWatchLine(path: string, line: string): WatchEvent {
  const event = parseEvent(line);
  if (event?.type === 'ERROR') throw errorOfStatusObject(`watch ${path}`, event.object);
  const object = event?.object;
  const resourceVersion = versionOf(object);
  if (resourceVersion === undefined) throw notAnEvent(path, line);
  if (event?.type === 'BOOKMARK') return { kind: 'bookmark', resourceVersion };
  if (!isRawObject(object)) throw notAnEvent(path, line);
  if (event?.type === 'DELETED') return { kind: 'removed', object, resourceVersion };
  if (event?.type === 'ADDED' || event?.type === 'MODIFIED') {
    return { kind: 'put', object, resourceVersion };
  }
  throw notAnEvent(path, line);
}

function parseEvent(line: string): { type?: unknown; object?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function versionOf(object: unknown): string | undefined {
  const metadata = (object as { metadata?: { resourceVersion?: unknown } } | undefined)?.metadata;
  const version = metadata?.resourceVersion;
  return typeof version === 'string' && version !== '' ? version : undefined;
}

function notAnEvent(path: string, line: string): KubeError {
  const message = `watch ${path}: not a watch event: ${line.slice(0, 100)}`;
  return new KubeError({ code: 'Invalid', message });
}
