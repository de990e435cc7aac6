/** `2026-11`: the part of an image's key that lets Debian's updates in once a month. */
export function packageMonth(now: Date): string {
  return now.toISOString().slice(0, 7);
}
