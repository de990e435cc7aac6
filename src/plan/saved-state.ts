/**
 * Fields of a line that say how a server does; the others say how it is spoken to: whether by TLS,
 * and where it is checked and asked (HAProxy's management guide, "show servers state").
 */
const fieldsKept = 20;

/**
 * The answer to "show servers state", as it is saved for the next worker. HAProxy believes the
 * saved state more than its file: without the rest of each line, which is optional, server-tls,
 * health-check-port and agent-check-port would stay as they were before the reload.
 */
export function savedState(states: string): string {
  const shortened = (line: string) => line.split(' ').slice(0, fieldsKept).join(' ');
  return states
    .split('\n')
    .map((line) => (line.startsWith('#') ? line : shortened(line)))
    .join('\n');
}
