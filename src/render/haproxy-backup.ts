import type { Frontend } from '../desired/desired-node.ts';
import { openOf } from './haproxy-fail-open.ts';
import type { LineWriter } from './writer.ts';

// Who serves when nobody of the Service can stands in a backend of its own: backup servers of the
// Service's backend would share the load with its servers of other zones, and clients would be
// remembered there.

const backupEnding = '.backup';
/** Sections that belong to a frontend bear its name and one of these endings. */
const endings = /\.(backup|clients|open|port)$/;

/** The backends of a frontend: its own, and the one that serves when that has nobody. */
export function backendsOf(frontend: Frontend): readonly Frontend[] {
  const backup = backupOf(frontend);
  return backup === undefined ? [frontend] : [frontend, backup];
}

/** These, and the one of last resort, whose servers nobody checks. */
export function allBackendsOf(frontend: Frontend): readonly Frontend[] {
  return [...backendsOf(frontend), ...openOf(frontend)];
}

/** The backend of its backup Service, spoken to as its own servers are; it remembers nobody. */
export function backupOf(frontend: Frontend): Frontend | undefined {
  // Asked of every frontend at every look: those without one must cost nothing.
  if (frontend.backup === undefined) return undefined;
  const { backup, affinitySeconds: _, settings, ...rest } = frontend;
  const { 'session-cookie': __, 'when-all-fail': ___, ...others } = settings ?? {};
  const name = `${rest.name}${backupEnding}`;
  return { ...rest, name, servers: backup.servers, settings: others };
}

/** The name of the frontend that a section belongs to. */
export function frontendOfSection(section: string): string {
  return section.replace(endings, '');
}

/** The frontend without its servers, which change without a reload. */
export function withoutServers(frontend: Frontend): Frontend {
  return { ...frontend, servers: [], ...(frontend.backup && emptied(frontend.backup)) };
}

function emptied({ service }: NonNullable<Frontend['backup']>): Pick<Frontend, 'backup'> {
  return { backup: { service, servers: [] } };
}

/** Connections that nobody can take are reset at once; who speaks HTTP hears why: 503. */
export function refusal(w: LineWriter, frontend: Frontend): void {
  if (frontend.http !== undefined) return;
  const nobody = allBackendsOf(frontend).flatMap(hasNobody);
  w.line('tcp-request', 'connection', 'reject', 'if', ...nobody);
}

/** Which backend a connection, in HTTP mode a request, goes to. */
export function choice(w: LineWriter, frontend: Frontend): void {
  const backup = backupOf(frontend);
  if (backup !== undefined) {
    const somebody = ['{', `nbsrv(${backup.name})`, 'gt', 0, '}'];
    w.line('use_backend', backup.name, 'if', ...hasNobody(frontend), ...somebody);
  }
  for (const open of openOf(frontend)) {
    w.comment('No server passes its check: all are tried, lest a wrong check closes the Service.');
    w.line('use_backend', open.name, 'if', ...hasNobody(frontend));
  }
  w.line('default_backend', frontend.name);
}

function hasNobody({ name }: Frontend): readonly (string | number)[] {
  return ['{', `nbsrv(${name})`, 'eq', 0, '}'];
}
