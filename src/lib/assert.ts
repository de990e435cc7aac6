/**
 * Ends the process's current work when something that must hold does not; `data` names the values.
 */
export function assert(
  condition: unknown,
  message: string,
  data: Readonly<Record<string, unknown>> = {},
): asserts condition {
  if (condition) return;
  throw new AssertionFailed(message, data);
}

/** A fact of the program was false: a bug, never a user's mistake. */
export class AssertionFailed extends Error {
  readonly data: Readonly<Record<string, unknown>>;

  constructor(message: string, data: Readonly<Record<string, unknown>>) {
    super(`${message} ${JSON.stringify(data, bigintsAsText)}`);
    this.name = 'AssertionFailed';
    this.data = data;
  }
}

/**
 * Closes a switch over a union: the compiler refuses a missing case, the process an impossible one.
 */
export function never(value: never): never {
  throw new AssertionFailed('a value outside its type', { value });
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
