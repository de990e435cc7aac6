import { portsPerServiceMax } from '../tables/limits.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import { guardRefusal } from './guard-settings.ts';
import type { Service, ServicePort } from './objects.ts';
import { type SourceRanges, sourceRangesOf } from './source-ranges.ts';

/**
 * What of a Service this version serves. With `refusal` nothing of it is served, though it keeps
 * addresses it holds.
 */
export type Servable = {
  readonly ports: readonly ServicePort[];
  readonly refusedPorts: readonly RefusedPort[];
  readonly refusal: Reason | undefined;
  /** Who may connect to `ports` (R55). */
  readonly sources: SourceRanges;
};

/**
 * A port that is not served; `error` is what stands in status.loadBalancer.ingress[].ports[].error
 * (R24).
 */
export type RefusedPort = {
  readonly port: ServicePort;
  readonly error: string;
  readonly reason: Reason;
};

/**
 * Decides, for controller and agent alike, what of a Service is served: a setting nobody enforces
 * yet is refused, never ignored (design.md section 8). The agent serves `ports` when `refusal` is
 * absent, and nothing else.
 */
export function servable(service: Service): Servable {
  const sources = sourceRangesOf(service);
  const refusal = sources.ok
    ? guardRefusal(service)
    : reason('SourceRangesInvalid', { problem: sources.problem });
  const offered = service.ports.slice(0, portsPerServiceMax);
  const refusedPorts = service.ports
    .slice(portsPerServiceMax)
    .map((port) => oneTooMany(port, service));
  const served = refusal === undefined ? offered : [];
  return { ports: served, refusedPorts, refusal, sources: sources.ok ? sources.value : [] };
}

function oneTooMany(port: ServicePort, { ports }: Service): RefusedPort {
  const data = { port: port.port, count: ports.length, limit: portsPerServiceMax };
  return { port, error: 'fairlead.dev/TooManyPorts', reason: reason('TooManyPorts', data) };
}
