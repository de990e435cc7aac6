/** Writes under way at once: enough for thousands of Services, little for an API server. */
const parallelWritesMax = 8;

/**
 * Works through the whole list, several at once, in its order: one refusal holds up nobody else.
 * True when all were.
 */
export async function inParallel<T>(
  values: readonly T[],
  work: (value: T) => Promise<boolean>,
): Promise<boolean> {
  let ok = true;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < values.length) {
      const value = values[next] as T;
      next += 1;
      const done = await work(value);
      ok &&= done;
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallelWritesMax, values.length) }, worker));
  return ok;
}
