/** The two that are compared, behind one face. */
import { Agent, request as send } from 'undici';
import { LineSplitter } from '../../src/kube/line-splitter.ts';
import type { Answer } from '../sim/server/answer.ts';
import { type Fields, fields } from '../sim/server/api-object.ts';
import { ModelApiServer } from '../sim/server/api-server.ts';
import type { ApiServer } from './server.ts';

/** A request that both the real API server and the model of it get. */
export type TwinRequest = {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
};

export type WatchEvent = { readonly type: unknown; readonly object: Fields };

/** One of the two. */
export type Side = {
  readonly call: (request: TwinRequest) => Promise<Answer>;
  /** What watches have shown and nobody has looked at, by path. */
  readonly events: Map<string, WatchEvent[]>;
};

export type RealSide = Side & {
  /** Events of the collection come from now on. */
  watch(collection: string): Promise<void>;
  close(): Promise<void>;
};

/** Who changes what nobody applied. */
const editor = 'editor';

/** More than any object here. */
const lineBytesMax = 1 << 20;

/** The real one; calls go over one connection, each watch over its own. */
export function realSide(api: ApiServer): RealSide {
  const dispatcher = new Agent({ connect: { ca: api.ca }, bodyTimeout: 0 });
  const call: Side['call'] = async ({ method, path, body, contentType = 'application/json' }) => {
    const answer = await send(`${api.url}${withManager(path)}`, {
      ...{ method: method as 'GET', dispatcher },
      headers: { authorization: `Bearer ${api.token()}`, 'content-type': contentType },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: await answer.body.json() };
  };
  const side: Side = { call, events: new Map() };
  const watch = async (collection: string): Promise<void> => {
    const list = await side.call({ method: 'GET', path: collection });
    const version = fields(fields(list.body)['metadata'])['resourceVersion'];
    const path = `${collection}?watch=1&resourceVersion=${version}`;
    const { body } = await send(`${api.url}${path}`, {
      ...{ dispatcher, headers: { authorization: `Bearer ${api.token()}` } },
    });
    void follow(body, (event) => remember(side, collection, event));
  };
  return { ...side, watch, close: () => dispatcher.destroy() };
}

export type ModelSide = Side & { readonly server: ModelApiServer };

/** The model, which takes the name of the caller where the real one takes a field manager. */
export function modelSide(): ModelSide {
  const server = new ModelApiServer(() => Date.now());
  const call = (request: TwinRequest): Promise<Answer> =>
    Promise.resolve(server.handle({ ...request, by: editor }));
  return { call, events: new Map(), server };
}

/** Events of the collection come from now on. */
export function watchModel(side: ModelSide, collection: string): void {
  const plural = collection.split('/').at(-1);
  side.server.store.onChange((change) => {
    if (change.plural === plural) remember(side, collection, change);
  });
}

function remember(side: Side, collection: string, { type, object }: WatchEvent): void {
  const place = `${collection}/${fields(object['metadata'])['name']}`;
  side.events.set(place, [...(side.events.get(place) ?? []), { type, object }]);
}

/** Until the connection is closed from here. */
async function follow(
  body: AsyncIterable<Uint8Array>,
  onEvent: (event: WatchEvent) => void,
): Promise<void> {
  const splitter = new LineSplitter(lineBytesMax);
  try {
    for await (const chunk of body) {
      for (const line of splitter.linesOf(chunk)) onEvent(JSON.parse(line) as WatchEvent);
    }
  } catch {
    // Whoever waits for an event says that it did not come.
  }
}

function withManager(path: string): string {
  if (path.includes('fieldManager=')) return path;
  return `${path}${path.includes('?') ? '&' : '?'}fieldManager=${editor}`;
}
