/**
 * Somebody's text as it may stand in a sentence: without what steers a terminal or hides the rest
 * of a line, and cut where nobody reads on.
 */
export function printable(text: string, lengthMax: number): string {
  const shown = text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
  return shown.replace(unprintable, '\uFFFD');
}

/** C0, DEL and C1; line and paragraph separators; what turns the direction of writing. */
export const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
