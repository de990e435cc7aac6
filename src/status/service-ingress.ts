import type { Granted } from '../allocate/outcome.ts';
import type { Ingress, Protocol, Service } from '../model/objects.ts';
import { servable } from '../model/servable.ts';
import { formatAddress } from '../net/format-address.ts';

/** What decides which addresses are published. */
export type Publishing = {
  readonly service: Service;
  readonly granted: Granted;
  /** Names of the Vips that a node holds and has programmed, on an instance that has settled. */
  readonly answering: ReadonlySet<string>;
  /** `port` numbers that a holder could not bind. */
  readonly conflicts: ReadonlySet<number>;
  /** What a holder cannot serve. */
  readonly unsupported: ReadonlySet<Protocol>;
};

/**
 * status.loadBalancer.ingress, primary family first (R21, A40). An address is published when it
 * answers (R27) and stays whatever happens to the data plane later (R28). A first publication waits
 * until every address of the Service answers (R35). While an address is not ready, what stands for
 * its family stays (A55); of a Service that is refused only its own addresses do.
 */
export function ingressOf(publishing: Publishing): readonly Ingress[] {
  const { service, granted, answering } = publishing;
  const standing = new Set(service.ingress.map(({ ip }) => ip));
  const isStanding = granted.vips.some((vip) => standing.has(formatAddress(vip.address)));
  const allAnswer = granted.vips.every((vip) => answering.has(vip.name));
  const isRefused = servable(service).refusal !== undefined;
  const ports = ingressPorts(publishing);
  return granted.vips.flatMap((vip) => {
    const ip = formatAddress(vip.address);
    const mayAppear = answering.has(vip.name) && (isStanding || allAnswer);
    if (standing.has(ip) || mayAppear) return [{ ip, ipMode: 'Proxy', ports }];
    if (isRefused) return [];
    const isIPv6 = vip.address.family === 'IPv6';
    return service.ingress.filter((old) => old.ip !== '' && old.ip.includes(':') === isIPv6);
  });
}

/** Every port of the Service; what is not served carries its error (R24, R25). */
function ingressPorts({ service, conflicts, unsupported }: Publishing): Ingress['ports'] {
  const { refusal, refusedPorts } = servable(service);
  return service.ports.map(({ port, protocol }) => {
    const refused = refusedPorts.find((r) => r.port.port === port && r.port.protocol === protocol);
    const whole = refusal === undefined ? undefined : `fairlead.dev/${refusal.code}`;
    // Another process that has the port concerns HAProxy only.
    const isTaken = protocol === 'TCP' && conflicts.has(port);
    const conflict = isTaken ? 'fairlead.dev/PortConflict' : undefined;
    const unable = unsupported.has(protocol) ? 'fairlead.dev/ProtocolUnsupported' : undefined;
    const error = refused?.error ?? whole ?? unable ?? conflict;
    return { port, protocol, ...(error !== undefined && { error }) };
  });
}
