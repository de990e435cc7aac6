import { type Asking, byStage, choosePools, whyNotThis } from '../allocate/choose-pools.ts';
import { copyOfDraft, type Draft } from '../allocate/draft.ts';
import { familySets, grantFrom, ownFirst } from '../allocate/grant.ts';
import type { Outcome } from '../allocate/outcome.ts';
import type { PoolSpace } from '../allocate/pool-space.ts';
import { parseRequest, type Request } from '../allocate/requests.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { formatAddress } from '../net/format-address.ts';
import { type Reason, sentence } from '../tables/reasons.ts';

/** What became of one pool when a Service was given its addresses. */
export type PoolVerdict = {
  readonly pool: string;
  /**
   * `holds`: the Service has its addresses from it. `could`: it would give some, but is not asked.
   * `refuses`: it has none for this Service. `passed`: it is no candidate.
   */
  readonly verdict: 'holds' | 'could' | 'refuses' | 'passed';
  /** What it gives, or would give. */
  readonly addresses: readonly string[];
  /** The code of the refusal, as in conditions; `null` where nothing was refused. */
  readonly code: string | null;
  readonly sentence: string;
};

/** Who asks, what was decided, and the state of everything after that decision. */
export type Decided = {
  readonly draft: Draft;
  readonly asking: Asking;
  readonly outcome: Outcome | undefined;
};

/**
 * Every pool, in the order it is looked at, and why the Service has its addresses from it or not
 * (A18–A29). The decision itself is run again for each, on a copy of the draft it ended with: what
 * is told is what the allocator says, in its words.
 */
export function poolVerdicts(decided: Decided): readonly PoolVerdict[] {
  const { asking } = decided;
  const request = parseRequest(asking.service);
  const candidates = request.ok ? choosePools(asking, request.value) : request;
  const inOrder = candidates.ok ? ownFirst(decided.draft, asking.service, candidates.value) : [];
  const others = asking.spaces.filter((space) => !inOrder.includes(space)).toSorted(byStage);
  const isCandidate = (space: PoolSpace) => inOrder.includes(space);
  return [...inOrder, ...others].map((space) => {
    if (isHeld(decided, space)) return holds(decided, space);
    if (!request.ok) return passed(space, 'not asked: the request cannot be met by any pool');
    if (isCandidate(space)) return tried(decided, space, request.value);
    return notCandidate(asking, space, { request: request.value, candidates });
  });
}

function isHeld({ outcome }: Decided, { pool }: PoolSpace): boolean {
  return outcome?.kind === 'granted' && outcome.vips.length > 0 && outcome.pool === pool.name;
}

function holds({ outcome }: Decided, { pool }: PoolSpace): PoolVerdict {
  const vips = outcome?.kind === 'granted' ? outcome.vips : [];
  const addresses = vips.map(({ address }) => formatAddress(address));
  return { pool: pool.name, verdict: 'holds', addresses, code: null, sentence: 'has given these' };
}

function passed({ pool }: PoolSpace, why: string): PoolVerdict {
  return { pool: pool.name, verdict: 'passed', addresses: [], code: null, sentence: why };
}

function tried(decided: Decided, space: PoolSpace, request: Request): PoolVerdict {
  const { outcome } = decided;
  const given = attempt(decided, space, request);
  const { name: pool } = space.pool;
  if (!given.ok) return refusing(pool, given.problem);
  const why =
    outcome?.kind === 'granted'
      ? 'could give these, but the Service keeps what it has'
      : 'could give these';
  return { pool, verdict: 'could', addresses: given.value, code: null, sentence: why };
}

function refusing(pool: string, problem: Reason): PoolVerdict {
  const told = { code: problem.code, sentence: sentence(problem) };
  return { pool, verdict: 'refuses', addresses: [], ...told };
}

/** What the pool would give on a copy of everything, or its refusal of all families together. */
function attempt(
  { draft, asking }: Decided,
  space: PoolSpace,
  request: Request,
): Result<readonly string[], Reason> {
  const { service } = asking;
  const results = familySets(service, request).map((families) => {
    const wish = { service, families, request };
    return grantFrom(copyOfDraft(draft), space, { wish, beside: [] });
  });
  const granted = results.find((result) => result.ok);
  const [first] = results;
  if (granted?.ok === true) return ok(granted.value.map(({ address }) => formatAddress(address)));
  return first === undefined || first.ok ? ok([]) : refused(first.problem);
}

function notCandidate(
  asking: Asking,
  space: PoolSpace,
  of: { request: Request; candidates: Result<readonly PoolSpace[], Reason> },
): PoolVerdict {
  const { pool } = space;
  const { request, candidates } = of;
  const isNamed = !candidates.ok && candidates.problem.data['pool'] === pool.name;
  if (!candidates.ok && (isNamed || request.pool === pool.name)) {
    return refusing(pool.name, candidates.problem);
  }
  if (request.addresses.length > 0) {
    const asked = request.addresses.map(formatAddress).join(', ');
    return passed(space, `not asked: the Service asks for ${asked}`);
  }
  if (request.pool !== undefined) {
    return passed(space, `not asked: the Service asks for VipPool ${request.pool}`);
  }
  return passed(space, whyNotThis(asking, pool));
}
