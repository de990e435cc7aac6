import { createClient, type KubeClient } from '../../src/kube/client.ts';
import { kubeConfigAccess, loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import type { RawObject } from '../../src/kube/raw-object.ts';
import {
  type Reflector,
  type ReflectorOptions,
  type ReflectorReport,
  startReflector,
} from '../../src/kube/watch-list.ts';
import type { ApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

/** A client of the API server, or of a proxy in front of it. */
export function clientOf(
  api: ApiServer,
  options: { role?: string; url?: string } = {},
): KubeClient {
  const config = loadKubeConfig(api.kubeconfig(options.role, options.url));
  return createClient({ access: kubeConfigAccess(config) });
}

/** ConfigMaps stand for any kind: name and one value. */
export type Note = { readonly name: string; readonly text: string };

/** Reads a ConfigMap as a note. */
export function noteOf(raw: RawObject): Note {
  const content = raw['data'] as { text?: string } | undefined;
  return { name: raw.metadata.name, text: content?.text ?? '' };
}

/** A namespace of ConfigMaps to write through the admin's own connection. */
export type Notes = {
  readonly path: string;
  readonly namespace: string;
  write(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
};

/** Makes a fresh namespace; wait for nothing: an API server alone puts nothing into it. */
export async function notesIn(api: ApiServer, namespace: string): Promise<Notes> {
  await api.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  return {
    path,
    namespace,
    write: async (name, text) => {
      const body = { metadata: { name }, data: { text } };
      const patched = await api.call('PATCH', `${path}/${name}`, { data: { text } });
      if (patched.status === 404) await api.call('POST', path, body);
    },
    remove: async (name) => {
      await api.call('DELETE', `${path}/${name}`);
    },
  };
}

/** A reflector that remembers what it said. */
export type Watched = {
  readonly reflector: Reflector<Note>;
  readonly woken: string[];
  readonly reports: ReflectorReport[];
  /** Waits until a note has this text; undefined = until it is absent. */
  shows(name: string, text: string | undefined, boundMs?: number): Promise<void>;
};

const running = new Set<Reflector<Note>>();

/** Stops what failed tests left running: it would keep the process alive. */
export async function stopWatching(): Promise<void> {
  await Promise.all([...running].map((reflector) => reflector.stop()));
}

/** Follows the notes through this client, with back-offs short enough for a test. */
export function watchNotes(
  client: KubeClient,
  notes: Notes,
  options: Partial<ReflectorOptions<Note>> = {},
): Watched {
  const woken: string[] = [];
  const reports: ReflectorReport[] = [];
  const reflector = startReflector<Note>({
    client,
    path: notes.path,
    project: noteOf,
    key: (note) => note.name,
    onChange: (keys) => woken.push(...keys),
    onReport: (report) => reports.push(report),
    backoff: { firstMs: 100, lastMs: 1_000 },
    ...options,
  });
  running.add(reflector);
  return {
    reflector,
    woken,
    reports,
    shows: (name, text, boundMs) =>
      waitUntil(
        `note ${name} shows ${text}`,
        () => reflector.values.get(name)?.text === text,
        boundMs,
      ),
  };
}

/** How often a list was completed. */
export function listsOf(watched: Watched): number {
  return watched.reports.filter((report) => report.kind === 'listed').length;
}

/** The codes of the failures so far. */
export function failuresOf(watched: Watched): string[] {
  return watched.reports.flatMap((report) => (report.kind === 'failed' ? [report.error.code] : []));
}
