/**
 * Kubernetes' MicroTime: RFC 3339 with exactly six fraction digits. `toISOString` has three, which
 * the API server answers with 400 (kubernetes-client/javascript issue 828).
 */
export function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/Z$/, '000Z');
}
