import type { DesiredHaproxy, Frontend } from '../desired/desired-node.ts';
import type { HaproxyConfiguration } from '../render/haproxy.ts';
import { withoutServers } from '../render/haproxy-backup.ts';
import { refusalMilliseconds } from '../tables/limits.ts';
import type { Admission, Refusal } from './admission.ts';
import { alertsOf, culprit } from './culprit.ts';

type Refused = {
  readonly sentence: string;
  readonly shape: string;
  readonly since: number;
  /** What it had before is refused as well: it is left out altogether. */
  readonly isOut: boolean;
};

/** What was refused: a configuration, what it was made of, and what was wanted. */
export type RefusedLoad = {
  readonly admission: Admission;
  readonly configuration: HaproxyConfiguration;
  readonly wanted: readonly Frontend[];
};

/** The Services that HAProxy does not take as they are wanted, until they change or time is up. */
export class RefusedServices {
  #refused: ReadonlyMap<string, Refused> = new Map();

  /** Each with what HAProxy said; an empty name stands for a file nobody can be blamed for. */
  get all(): Refusal[] {
    return [...this.#refused].map(([service, { sentence }]) => ({ service, sentence }));
  }

  /** Whether it is among them. */
  has(service: string): boolean {
    return this.#refused.has(service);
  }

  /** Whether nothing stands in for it any more. */
  isOut(service: string): boolean {
    return this.#refused.get(service)?.isOut === true;
  }

  /**
   * All whom HAProxy's words name go back to what they had, and if that is refused as well, out.
   * Says whether somebody was named.
   */
  blame(detail: string, { admission, configuration, wanted }: RefusedLoad): boolean {
    const { frontends } = admission.haproxy;
    const alerts = alertsOf(detail);
    const known = alerts.flatMap((sentence) => {
      const service = culprit(sentence, configuration.text, frontends)?.service;
      return service === undefined ? [] : [{ service, sentence }];
    });
    const named = new Map(known.toReversed().map((each) => [each.service, each.sentence]));
    const blamed = named.size > 0 ? [...named] : [['', alerts[0] ?? detail] as const];
    const since = performance.now();
    const refused = new Map(this.#refused);
    for (const [service, said] of blamed) {
      const before = refused.get(service);
      const sentence = before?.sentence ?? said;
      const shape = shapeOf(wanted, service);
      refused.set(service, { sentence, shape, since, isOut: before !== undefined });
    }
    this.#refused = refused;
    return named.size > 0;
  }

  /** Who wants something else now, or has waited for long, may try again. */
  forgetChanged({ frontends }: DesiredHaproxy): void {
    const oldest = performance.now() - refusalMilliseconds;
    const kept = [...this.#refused].filter(([service, { shape, since }]) => {
      return service !== '' && since > oldest && shapeOf(frontends, service) === shape;
    });
    this.#refused = new Map(kept);
  }
}

/** Everything of a Service but the servers: those change without a reload and are never refused. */
function shapeOf(frontends: readonly Frontend[], service: string): string {
  const own = frontends.filter((frontend) => frontend.service === service);
  return JSON.stringify(own.map(withoutServers));
}
