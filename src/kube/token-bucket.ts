/** Allows a burst, then one per interval. */
export type TokenBucket = { readonly tokens: number; readonly filledMs: number };

export type BucketSize = { readonly burst: number; readonly refillMs: number };

/** Takes one token; `isAllowed` is false where there was none. */
export function takeToken(
  size: BucketSize,
  bucket: TokenBucket | undefined,
  nowMs: number,
): { readonly isAllowed: boolean; readonly bucket: TokenBucket } {
  const before = bucket ?? { tokens: size.burst, filledMs: nowMs };
  const gained = (nowMs - before.filledMs) / size.refillMs;
  const tokens = Math.min(size.burst, before.tokens + gained);
  const isAllowed = tokens >= 1;
  return { isAllowed, bucket: { tokens: isAllowed ? tokens - 1 : tokens, filledMs: nowMs } };
}
