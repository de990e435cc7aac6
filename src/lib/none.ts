/**
 * The empty list of everybody who has nothing: thousands of objects have some, and each of its own
 * would cost 32 bytes.
 */
export const none: readonly never[] = Object.freeze([]);
