/** Writes under way at once: enough for thousands of Services, little for an API server. */
const parallelWritesMax = 8;

/**
 * Works through the whole list, several at once, in its order: one refusal, or one failure, holds
 * up nobody else. True when all were; throws the first failure when everything has been tried.
 */
export async function inParallel<T>(
  values: readonly T[],
  work: (value: T) => Promise<boolean>,
): Promise<boolean> {
  let ok = true;
  let next = 0;
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (next < values.length) {
      const value = values[next] as T;
      next += 1;
      try {
        const done = await work(value);
        ok &&= done;
      } catch (failure) {
        failures.push(failure);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallelWritesMax, values.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return ok;
}
