/** A request as the model's API server reads it. */
export type ApiRequest = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Who asks: for the record of changes. */
  readonly by: string;
};

/** What a path names. */
export type RequestTarget = {
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly query: URLSearchParams;
};

/** Reads `/api/v1/namespaces/shop/services/web/status?…` and its like. */
export function parseTarget(path: string): RequestTarget {
  const [route = '', text = ''] = path.split('?');
  const parts = route.split('/').slice(1).map(decodeURIComponent);
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  const isInside = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status';
  const [plural = '', name, subresource] = isInside ? rest.slice(2) : rest;
  const namespace = isInside ? rest[1] : undefined;
  return { plural, namespace, name, subresource, query: new URLSearchParams(text) };
}

/** `namespace/name`, or the name of a cluster-scoped object. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}
