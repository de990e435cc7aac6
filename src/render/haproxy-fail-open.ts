import type { Frontend, Server } from '../desired/desired-node.ts';

/**
 * HAProxy sends nobody to a server whose check fails, so where all of them are to be tried
 * nevertheless, each stands in a second backend as well, unchecked and under the same name: cookies
 * and remembered clients mean the same server in both. The backend of last resort, or nothing.
 */
export function openOf(frontend: Frontend): readonly Frontend[] {
  // Asked of every frontend at every look: those without one must cost nothing.
  if (frontend.settings?.['when-all-fail'] !== 'FailOpen') return [];
  const { http, settings, backup: _, ...rest } = frontend;
  if (http?.redirectPort !== undefined) return [];
  const { 'agent-check-port': __, 'when-all-fail': ___, ...others } = settings;
  const name = `${rest.name}.open`;
  const servers = rest.servers.map(plain);
  return [{ ...rest, ...(http && { http }), name, servers, settings: others }];
}

/** There all are alike: a spare that stood by for others would never serve. */
function plain({ role: _, weight: __, isCanary: ___, ...server }: Server): Server {
  return server;
}
