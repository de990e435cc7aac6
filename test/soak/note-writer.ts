import { setTimeout as pause } from 'node:timers/promises';
import { resources } from '../../src/kube/api-path.ts';
import { apply, create, remove, type WriteOutcome } from '../../src/kube/apply.ts';
import { backoffMs } from '../../src/kube/backoff.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/kube-error.ts';
import type { Random } from '../run/random.ts';

/** Writes ConfigMaps of its own for ever, each until it is told that it is done. */
export type NoteWriter = {
  /** What the API server must show when everything asked for is done. */
  readonly wanted: ReadonlyMap<string, string>;
  writes(): number;
  retries(): number;
  /** Stops between two writes; resolves when the last one is done. */
  rest(): Promise<void>;
  resume(): void;
};

/** Who writes where. */
export type Writing = {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly random: Random;
};

const retryBackoff = { firstMs: 100, lastMs: 1_000 };

/** Few names, so that each is changed, deleted and made again many times. */
const names = 12;

/** Starts a writer whose notes begin with `prefix`. */
export function startWriter(writing: Writing, prefix: string): NoteWriter {
  const wanted = new Map<string, string>();
  let writes = 0;
  let retries = 0;
  let isResting = true;
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    while (!isResting) {
      const name = `${prefix}-${writing.random.below(names)}`;
      const isRemoval = writing.random.next() < 0.3;
      writes += 1;
      const text = `${writes}`;
      if (isRemoval) wanted.delete(name);
      else wanted.set(name, text);
      retries += await untilDone(() => write(writing, name, isRemoval ? undefined : text));
    }
  };
  return {
    wanted,
    writes: () => writes,
    retries: () => retries,
    rest: async () => {
      isResting = true;
      await running;
    },
    resume: () => {
      isResting = false;
      running = run();
    },
  };
}

async function write(writing: Writing, name: string, text: string | undefined): Promise<void> {
  const { client, namespace } = writing;
  const target = { client, resource: resources.configMaps };
  const outcome =
    text === undefined
      ? await remove(target, { namespace, name }, {})
      : await apply(target, note(namespace, name, text), { fieldManager: 'soak' });
  const isDone = outcome.kind === 'ok' || (text === undefined && outcome.kind === 'gone');
  // A proxy's own 4xx reads like the server's: nothing but time tells them apart.
  if (!isDone) throw new KubeError({ code: 'Server', message: JSON.stringify(outcome) });
}

/** Repeats what may or may not have been done until an answer says so; answers how often. */
async function untilDone(work: () => Promise<void>): Promise<number> {
  for (let failures = 0; ; failures += 1) {
    try {
      await work();
      return failures;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      await pause(Math.max(error.retryAfterMs ?? 0, backoffMs(retryBackoff, failures + 1, 0.5)));
    }
  }
}

/**
 * Lets two rivals create the same object, each asking until it is told that it did or that somebody
 * did: R37 rests on never telling both that they did. Answers how many were told so.
 */
export async function raceToCreate(
  writing: Writing,
  rivals: readonly KubeClient[],
  name: string,
): Promise<number> {
  const target = (client: KubeClient) => ({ client, resource: resources.configMaps });
  const outcomes = await Promise.all(
    rivals.map(async (client, at) => {
      const outcomes: WriteOutcome['kind'][] = [];
      await untilDone(async () => {
        const body = note(writing.namespace, name, `rival ${at}`);
        const outcome = await create(target(client), body);
        outcomes.push(outcome.kind);
        if (outcome.kind !== 'ok' && outcome.kind !== 'conflict') {
          throw new KubeError({ code: 'Server', message: outcome.kind });
        }
      });
      return outcomes.at(-1);
    }),
  );
  return outcomes.filter((outcome) => outcome === 'ok').length;
}

function note(namespace: string, name: string, text: string) {
  return { metadata: { name, namespace }, data: { text } };
}
