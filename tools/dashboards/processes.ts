import { metricNames as m } from './metric-names.ts';
import { lines, type Section } from './panel.ts';

/** Controllers and agents themselves. */
export function processes(): Section {
  return { title: 'Controllers and agents', panels: [...decisions(), ...surroundings()] };
}

function decisions() {
  const quantile = (share: number) =>
    `histogram_quantile(${share}, sum by (le) (rate(${m.reconcileSeconds}_bucket[$__rate_interval])))`;
  return [
    lines({
      ...{ title: 'Who leads', isStacked: true },
      says: 'The controller that decides.',
      asks: { '{{pod}}': `max by (pod) (${m.leader})` },
    }),
    lines({
      ...{ title: 'Time of a reconcile', unit: 's' },
      says: 'Of everything, by the leader, its writes included.',
      asks: { median: quantile(0.5), 'slowest of a hundred': quantile(0.99) },
    }),
    lines({
      title: 'Reconciles that failed',
      says: 'In five minutes.',
      asks: {
        '{{job}} {{node}}': `sum by (job, node) (increase(${m.reconcileErrors}[5m])) > 0`,
      },
    }),
    lines({
      title: 'Writes pending',
      says: 'Found to do and not done: back at 0 after every run, unless they are refused.',
      asks: { '{{pod}}': `max by (pod) (${m.pendingWrites})` },
    }),
  ];
}

function surroundings() {
  const requests = (labels: string) =>
    `sum by (${labels}) (rate(${m.apiRequests}[$__rate_interval]))`;
  return [
    lines({
      ...{ title: 'API requests by answer', unit: 'reqps', isStacked: true },
      says: '404, 409 and 410 are everyday answers; Network is none at all.',
      asks: { '{{job}} {{code}}': requests('job, code') },
    }),
    lines({
      ...{ title: 'API requests by object', unit: 'reqps', isStacked: true },
      says: 'What is asked for and written.',
      asks: { '{{verb}} {{resource}}': `topk(10, ${requests('verb, resource')})` },
    }),
    lines({
      ...{ title: 'Event-loop delay', unit: 's', width: 12 },
      says: 'The longest between two scrapes. Above a second things are noticed late.',
      asks: { '{{job}} {{node}}': `max by (job, node) (${m.eventLoopDelaySeconds})` },
    }),
  ];
}
