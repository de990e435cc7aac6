/** What an agent's endpoint for Prometheus says, read on its node. */
import type { LabNode } from '../lab/node.ts';

/** The whole answer; `path` is what follows /metrics. */
export function scrape(node: LabNode, path = ''): Promise<string> {
  return node.exec(['curl', '-sS', '-m', '5', `http://127.0.0.1:7946/metrics${path}`]);
}

/** A metric's value, named with its labels as the text has them; NaN where it is not there. */
export function figureIn(text: string, metric: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${metric} `));
  return Number(line?.split(' ').at(-1));
}
