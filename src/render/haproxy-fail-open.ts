import type { Frontend } from '../desired/desired-node.ts';
import type { LineWriter } from './writer.ts';

/**
 * HAProxy sends nobody to a server whose check fails, so where all of them are to be tried
 * nevertheless, each stands in a second backend as well, unchecked and under the same name: cookies
 * and remembered clients mean the same server in both.
 */
export function failsOpen({ http, settings }: Pick<Frontend, 'http' | 'settings'>): boolean {
  return settings?.['when-all-fail'] === 'FailOpen' && http?.isRedirected !== true;
}

/** The name of that backend. */
export function openBackend(frontend: string): string {
  return `${frontend}.open`;
}

/** Who serves the clients of a frontend: its servers that are well, if it must be all of them. */
export function whichBackend(w: LineWriter, frontend: Frontend): void {
  const { name } = frontend;
  if (failsOpen(frontend)) {
    w.comment('No server passes its check: all are tried, lest a wrong check closes the Service.');
    w.line('use_backend', openBackend(name), 'if', '{', `nbsrv(${name})`, 'eq', 0, '}');
  }
  w.line('default_backend', name);
}
