import { apiPath, resources } from '../../src/kube/api-path.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { startReflector } from '../../src/kube/watch-list.ts';
import { parseService } from '../../src/model/parse-service.ts';
import { waitUntil } from '../../test/api/wait-until.ts';

/** Which Services show an address in their status, as any client of the API sees it. */
export type Published = {
  count(): number;
  /** `performance.now()` when `namespace/name` first showed one. */
  appears(key: string, boundMs: number): Promise<number>;
  stop(): Promise<void>;
};

/** Starts watching; resolves when the first list is complete. */
export async function watchPublished(client: KubeClient): Promise<Published> {
  const sinceMs = new Map<string, number>();
  const reflector = startReflector<string>({
    client,
    path: apiPath(resources.services),
    project: (raw) => {
      const service = parseService(raw);
      if (service === undefined || service.ingress.length === 0) return undefined;
      return `${service.namespace}/${service.name}`;
    },
    onChange: (keys) => {
      for (const key of keys) sinceMs.set(key, sinceMs.get(key) ?? performance.now());
    },
  });
  await reflector.synced;
  return {
    count: () => sinceMs.size,
    appears: async (key, boundMs) => {
      await waitUntil(`${key} has an address`, () => sinceMs.has(key), boundMs);
      return sinceMs.get(key) ?? Number.NaN;
    },
    stop: () => reflector.stop(),
  };
}
