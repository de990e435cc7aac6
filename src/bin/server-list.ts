/**
 * API server addresses in order of preference, from a comma list; none = the one of the
 * credentials.
 */
export function serverList(text: string): { readonly servers?: readonly string[] } {
  const servers = text
    .split(',')
    .map((server) => server.trim())
    .filter((server) => server !== '');
  for (const server of servers) {
    if (!URL.canParse(server)) {
      throw new Error(`--servers has "${server}"; write URLs, for example https://192.0.2.10:6443`);
    }
  }
  return servers.length === 0 ? {} : { servers };
}
