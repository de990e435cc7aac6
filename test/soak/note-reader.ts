import type { KubeClient } from '../../src/kube/client.ts';
import {
  type Reflector,
  type ReflectorOptions,
  startReflector,
} from '../../src/kube/watch-list.ts';
import { type Note, noteOf } from '../api/kube-fixture.ts';
import type { Random } from '../run/random.ts';

/** A reflector with a consumer that looks only at what it is woken for, as the loops do. */
export type NoteReader = {
  readonly reflector: Reflector<Note>;
  /** What the consumer has seen: a change without a wake would be missing here. */
  readonly seen: ReadonlyMap<string, string>;
  /** How often a complete list came. */
  lists(): number;
  /** Failures by code. */
  readonly failures: ReadonlyMap<string, number>;
};

/** Follows ConfigMaps through this client; memory stays bounded however long it goes on. */
export function startReader(
  of: { readonly client: KubeClient; readonly path: string; readonly random: Random },
  options: Partial<ReflectorOptions<Note>>,
): NoteReader {
  const seen = new Map<string, string>();
  const failures = new Map<string, number>();
  let lists = 0;
  const reflector: Reflector<Note> = startReflector<Note>({
    client: of.client,
    path: of.path,
    project: noteOf,
    key: (note) => note.name,
    random: () => of.random.next(),
    backoff: { firstMs: 50, lastMs: 1_000 },
    onChange: (keys) => {
      for (const key of keys) {
        const note = reflector.values.get(key);
        if (note === undefined) seen.delete(key);
        else seen.set(key, note.text);
      }
    },
    onReport: (report) => {
      if (report.kind === 'listed') lists += 1;
      if (report.kind !== 'failed') return;
      failures.set(report.error.code, (failures.get(report.error.code) ?? 0) + 1);
    },
    ...options,
  });
  return { reflector, seen, lists: () => lists, failures };
}
