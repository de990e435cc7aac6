import type { KubeClient } from '../kube/client.ts';
import type { Surroundings } from '../kube/clock.ts';
import type { RawObject } from '../kube/raw-object.ts';
import { type Reflector, type ReflectorReport, startReflector } from '../kube/watch-list.ts';
import type { Logger } from '../observe/log.ts';

/** One kind of object a process watches. */
export type WatchedKind<T> = {
  readonly path: string;
  readonly query?: { readonly labelSelector?: string; readonly fieldSelector?: string };
  readonly project: (raw: RawObject) => T | undefined;
  /** A change of this kind starts no run by itself: heartbeats. */
  readonly isQuiet?: boolean;
};

/** Several kinds, watched together: a run is worth nothing before all of them have synced (R89). */
export type Watches<Kinds extends Record<string, unknown>> = {
  /** The current objects of one kind, in no particular order. */
  values<Name extends keyof Kinds>(name: Name): readonly Kinds[Name][];
  /** The resource version up to which the kind has been seen; "" before the first list. */
  seenVersion(name: keyof Kinds): string;
  readonly isSynced: () => boolean;
  /** Kinds that have not synced yet, for /readyz. */
  readonly missing: () => readonly string[];
  stop(): Promise<void>;
};

export type WatchOptions<Kinds extends Record<string, unknown>> = Surroundings & {
  readonly client: KubeClient;
  readonly kinds: { readonly [Name in keyof Kinds]: WatchedKind<Kinds[Name]> };
  readonly wake: () => void;
  readonly log: Logger;
};

/**
 * Starts a reflector for each kind; `wake` is called at every change that may matter, and when all
 * are synced.
 */
export function startWatches<Kinds extends Record<string, unknown>>(
  options: WatchOptions<Kinds>,
): Watches<Kinds> {
  const { clock, random } = options;
  const reflectors = new Map<keyof Kinds, Reflector<unknown>>();
  for (const [name, kind] of Object.entries<WatchedKind<unknown>>(options.kinds)) {
    const reflector = startReflector<unknown>({
      client: options.client,
      path: kind.path,
      ...(kind.query && { query: kind.query }),
      clock,
      random,
      project: kind.project,
      onChange: kind.isQuiet ? () => undefined : options.wake,
      onReport: (report) => logReport(options.log, name, report),
    });
    void reflector.synced.then(options.wake);
    reflectors.set(name, reflector);
  }
  const missing = () =>
    [...reflectors].filter(([, each]) => !each.isSynced()).map(([name]) => String(name));
  const of = (name: keyof Kinds) => {
    const reflector = reflectors.get(name);
    if (reflector === undefined) throw new Error(`no watch named ${String(name)}`);
    return reflector;
  };
  return {
    values: <Name extends keyof Kinds>(name: Name) =>
      [...of(name).values.values()] as Kinds[Name][],
    seenVersion: (name) => of(name).seenVersion(),
    isSynced: () => missing().length === 0,
    missing,
    stop: async () => void (await Promise.all([...reflectors.values()].map((each) => each.stop()))),
  };
}

function logReport(log: Logger, kind: string, report: ReflectorReport): void {
  switch (report.kind) {
    case 'listed':
      log.info('watch-listed', {
        kind,
        objects: report.objects,
        ms: Math.round(report.durationMs),
      });
      return;
    case 'watch-ended':
      log.debug('watch-ended', { kind, ms: Math.round(report.lastedMs) });
      return;
    case 'failed':
      log.warn('watch-failed', { kind, error: report.error.message, retryMs: report.retryMs });
      return;
    case 'unreadable':
      log.error('object-unreadable', { kind, object: report.object, error: String(report.error) });
  }
}
