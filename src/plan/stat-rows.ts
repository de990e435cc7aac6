/** A line of `show stat`. */
export type StatRow = {
  /** The section: a frontend's or a backend's name. */
  readonly section: string;
  /** FRONTEND, BACKEND, or the name of a server. */
  readonly kind: string;
  /** A field by HAProxy's name of its column; empty where the version has none. */
  readonly at: (column: string) => string;
};

/** Reads `show stat` (management guide 9.1): a heading, then comma-separated lines. */
export function statRows(text: string): StatRow[] {
  const [head = '', ...lines] = text.split('\n');
  const columns = new Map(
    head
      .replace(/^# /, '')
      .split(',')
      .map((name, index) => [name, index]),
  );
  return lines.flatMap((line) => {
    const fields = line.split(',');
    const [section = '', kind = ''] = fields;
    const at = (column: string) => fields[columns.get(column) ?? -1] ?? '';
    return kind === '' ? [] : [{ section, kind, at }];
  });
}
