import { ok, type Result, refused } from '../lib/result.ts';
import type { Family, Prefix } from '../net/address.ts';
import { formatPrefix, networkOf, parsePrefix } from '../net/prefix.ts';
import { sourceRangesMax } from '../tables/limits.ts';
import { annotations } from '../tables/names.ts';
import { listed as listedTexts } from '../tables/settings/setting-row.ts';
import type { Service } from './objects.ts';

/** Networks whose clients may connect, at least one; `undefined`: everybody may. */
export type SourceRanges = readonly Prefix[] | undefined;

/**
 * Who may connect to a Service: spec.loadBalancerSourceRanges, or its annotation where that is
 * empty (R58); padding is legal and an empty list opens everything (R56). Refused, with what is
 * wrong, when one cannot be read or there are too many: then nobody may.
 */
export function sourceRangesOf(
  service: Pick<Service, 'sourceRanges' | 'annotations'>,
): Result<SourceRanges, string> {
  const { field, texts } = listed(service);
  if (texts.length === 0) return ok(undefined);
  if (texts.length > sourceRangesMax) {
    const count = `${field} lists ${texts.length} source ranges`;
    return refused(`${count}, and ${sourceRangesMax} are allowed`);
  }
  const prefixes: Prefix[] = [];
  for (const text of texts) {
    const prefix = parsePrefix(text);
    if (!prefix.ok) {
      const problem = `source range "${text}" of ${field} ${prefix.problem}`;
      return refused(`${problem}: write for example 192.0.2.0/24`);
    }
    prefixes.push(prefix.value);
  }
  return ok(prefixes);
}

function listed({ sourceRanges, annotations: notes }: Parameters<typeof sourceRangesOf>[0]) {
  const annotated = (notes[annotations.sourceRanges] ?? '').trim();
  const isField = sourceRanges.length > 0 || annotated === '';
  return {
    field: isField ? 'spec.loadBalancerSourceRanges' : annotations.sourceRanges,
    texts: (isField ? sourceRanges : annotated.split(',')).map((text) => text.trim()),
  };
}

/** Networks that a setting lists, which has been read already. */
export function listedNetworks(text: string | undefined): readonly Prefix[] {
  return listedTexts(text ?? '').flatMap((part) => {
    const prefix = parsePrefix(part);
    return prefix.ok ? [prefix.value] : [];
  });
}

/** Those of one family as a configuration has them, sorted, each once. */
export function networksOfFamily(networks: readonly Prefix[], family: Family): readonly string[] {
  return networkTexts(networks.filter(({ address }) => address.family === family));
}

/** The same of both families. */
export function networkTexts(networks: readonly Prefix[]): readonly string[] {
  return [...new Set(networks.map(networkText))].sort();
}

function networkText({ address, length }: Prefix): string {
  const { first } = networkOf({ address, length });
  return formatPrefix({ address: { family: address.family, value: first }, length });
}

/**
 * The ranges that count for a VIP of the family, as networks, sorted; `undefined`: everybody may.
 * Empty, so that nobody may, where only ranges of the other family are listed (R57).
 */
export function sourcesOfFamily(
  ranges: SourceRanges,
  family: Family,
): readonly string[] | undefined {
  const own = ranges?.filter(({ address }) => address.family === family);
  if (own === undefined || own.some(({ length }) => length === 0)) return undefined;
  return networksOfFamily(own, family);
}

/**
 * The ranges that count where clients of either family come, as networks, sorted; `undefined`:
 * everybody may. All of one family is not everybody.
 */
export function sourcesOfEither(ranges: SourceRanges): readonly string[] | undefined {
  const open = (ranges ?? []).filter(({ length }) => length === 0);
  const families = new Set(open.map(({ address }) => address.family));
  return ranges === undefined || families.size === 2 ? undefined : networkTexts(ranges);
}
