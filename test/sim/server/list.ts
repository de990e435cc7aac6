import { type Answer, expired } from './answer.ts';
import type { ApiObject, Fields } from './api-object.ts';
import { kindOf } from './kinds.ts';
import type { RequestTarget } from './request.ts';
import type { Store } from './store.ts';

/** Tokens that somebody still may come back with; older ones are answered like compacted ones. */
const tokensMax = 64;

/** Lists, whole or page by page; all pages of one list are of one revision. */
export class ListPages {
  readonly #store: Store;
  readonly #rest = new Map<string, { revision: number; objects: readonly ApiObject[] }>();
  #tokens = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The page a request asks for. */
  page(target: RequestTarget): Answer {
    const token = target.query.get('continue');
    if (token === null) return this.first(target, this.#store.revision);
    const rest = this.#rest.get(token);
    if (rest === undefined || rest.revision < this.#store.compacted) {
      return expired('The provided continue parameter is too old');
    }
    return this.#answer(target, rest);
  }

  /** The first page of a list at a revision. */
  first(target: RequestTarget, revision: number): Answer {
    const { plural, namespace } = target;
    const only = target.query.get('fieldSelector')?.replace(/^metadata\.name=/, '');
    const isNow = revision === this.#store.revision;
    const all = isNow ? this.#store.list(plural) : this.#store.listAt(plural, revision);
    const objects = all.filter(
      ({ metadata }) =>
        (namespace === undefined || metadata.namespace === namespace) &&
        (only === undefined || metadata.name === only),
    );
    return this.#answer(target, { revision, objects });
  }

  #answer(target: RequestTarget, of: { revision: number; objects: readonly ApiObject[] }): Answer {
    const limit = Number(target.query.get('limit') ?? 0);
    const { apiVersion, kind, writesMetadataByStatus: isBuiltIn } = kindOf(target.plural);
    const isLast = limit === 0 || of.objects.length <= limit;
    const page = isLast ? of.objects : of.objects.slice(0, limit);
    const items = isBuiltIn ? page.map(withoutKind) : page;
    const next = isLast ? {} : { continue: this.#keep(of.revision, of.objects.slice(limit)) };
    const metadata = { resourceVersion: String(of.revision), ...next };
    return { status: 200, body: { kind: `${kind}List`, apiVersion, metadata, items } };
  }

  #keep(revision: number, objects: readonly ApiObject[]): string {
    this.#tokens += 1;
    const token = `page-${this.#tokens}`;
    this.#rest.set(token, { revision, objects });
    const [oldest] = this.#rest.keys();
    if (this.#rest.size > tokensMax && oldest !== undefined) this.#rest.delete(oldest);
    return token;
  }
}

/** What is in a list of a built-in kind does not say it. */
function withoutKind({ apiVersion: _a, kind: _k, ...object }: ApiObject): Fields {
  return object;
}
