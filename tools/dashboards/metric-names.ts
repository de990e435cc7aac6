import { metrics } from '../../src/tables/metrics.ts';

type Names = { readonly [Key in keyof typeof metrics]: string };

/** The names of the metrics by their keys: one that does not exist is refused by the compiler. */
export const metricNames = Object.fromEntries(
  Object.entries(metrics).map(([key, { name }]) => [key, name]),
) as Names;
