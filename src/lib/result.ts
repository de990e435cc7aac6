/** The outcome of something that may be refused for a reason its caller must deal with. */
export type Result<T, E> = Ok<T> | Refused<E>;

/** It worked; `value` is what was asked for. */
export type Ok<T> = { readonly ok: true; readonly value: T };

/** It was refused; `problem` says why, with the data behind it. */
export type Refused<E> = { readonly ok: false; readonly problem: E };

/** Wraps a value as a success. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

/** Wraps a problem as a refusal. */
export function refused<E>(problem: E): Refused<E> {
  return { ok: false, problem };
}
