/**
 * Keeps one copy of strings that repeat over thousands of objects (namespaces, node names, port
 * names): every JSON.parse makes new ones. At most `stringsMax` are kept; others pass through.
 */
export function createInterner(stringsMax: number): (text: string) => string {
  const kept = new Map<string, string>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    if (kept.size < stringsMax) kept.set(text, text);
    return text;
  };
}
