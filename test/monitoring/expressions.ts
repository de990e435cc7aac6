/**
 * What an expression of PromQL asks for, as far as a test needs it: metrics, their matchers, and
 * the labels it groups by. Whether it is an expression at all promtool knows (promtool.test.ts).
 */

/** A metric that an expression selects, and the function it is directly in: `rate`, or nothing. */
export type Selector = {
  readonly metric: string;
  readonly within: string;
  readonly matchers: readonly Matcher[];
};
export type Matcher = { readonly label: string; readonly values: readonly string[] };

/** Every metric of ours in an expression, and `up`. */
export function selectorsIn(expr: string): Selector[] {
  const selector = /(?:\b(\w+)\()?\b(fairlead_\w+|up)\b(?:\{([^}]*)\})?/g;
  return [...withoutRecorded(expr).matchAll(selector)].map(
    ([, within = '', metric = '', matchers = '']) => ({
      ...{ within, metric },
      matchers: matchersIn(matchers),
    }),
  );
}

/** `level:metric:operations`, which a recording rule makes. */
export function recordedIn(expr: string): string[] {
  return [...expr.matchAll(/\b\w+:\w+:\w+\b/g)].map(([name]) => name);
}

/** Every label that an expression groups or matches by. */
export function groupingsIn(expr: string): string[] {
  const lists = [...expr.matchAll(/\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g)];
  return lists.flatMap(([, list = '']) => list.split(/[\s,]+/)).filter((label) => label !== '');
}

function withoutRecorded(expr: string): string {
  return expr.replaceAll(/\b\w+:\w+:\w+\b/g, '');
}

function matchersIn(text: string): Matcher[] {
  return [...text.matchAll(/(\w+)\s*[=!~]{1,2}\s*"([^"]*)"/g)].map(
    ([, label = '', value = '']) => ({ label, values: value.split('|') }),
  );
}
