import type { DesiredHaproxy, Frontend, Peers } from '../desired/desired-node.ts';
import { ownPeer } from '../render/own-peer.ts';
import { frontendEndpoint } from '../tables/frontend-name.ts';
import { type KeyName, keyFile } from '../tables/key-file.ts';
import { type Listener, TakenPorts } from './tcp-listeners.ts';

/**
 * A port that a process of this node has taken: left out, because one failing bind ends HAProxy for
 * everybody.
 */
export type PortConflict = {
  readonly address: string;
  readonly port: number;
  readonly service: string;
};

/**
 * A Service that HAProxy refused, or, with an empty name, a whole file; `sentence` is the daemon's.
 */
export type Refusal = {
  readonly service: string;
  readonly sentence: string;
  /** No configuration was refused: all that is desired is served, with less comfort. */
  readonly isMinor?: true;
};

/** What HAProxy is to be given, and what was left out of it. */
export type Admission = {
  readonly haproxy: DesiredHaproxy;
  readonly conflicts: readonly PortConflict[];
  readonly refusals: readonly Refusal[];
};

export type AdmissionInput = {
  readonly desired: DesiredHaproxy;
  readonly listeners: readonly Listener[];
  /**
   * Names of the frontends that run: a listener on their very address is their own. Undefined while
   * HAProxy does not answer.
   */
  readonly running: readonly string[] | undefined;
  /** The running HAProxy listens for its peers where it is to. */
  readonly isSharing: boolean;
  /** Services refused earlier. */
  readonly refusals: readonly Refusal[];
  /** What stands in for a frontend of theirs; undefined: nothing does. */
  readonly lastGood: (frontend: Frontend) => Frontend | undefined;
  /** Key files that are there. */
  readonly keys: ReadonlySet<string>;
};

/** Leaves out what cannot work, so that everybody else is served. */
export function admit(input: AdmissionInput): Admission {
  const { desired, listeners, running, refusals, lastGood, keys, isSharing } = input;
  const refused = new Set(refusals.map((refusal) => refusal.service));
  const offered = desired.frontends
    .flatMap((frontend) =>
      refused.has(frontend.service) ? (lastGood(frontend) ?? []) : [frontend],
    )
    .flatMap((frontend) => withKeys(frontend, keys) ?? []);
  const taken = new TakenPorts(listeners);
  // By VIP and port, not by Service: a port that goes from one Service to another stays ours.
  const own = running === undefined ? undefined : new Set(running.map(frontendEndpoint));
  const isOut = (frontend: Frontend) => conflicts(taken, frontend, own);
  const out = new Set(offered.filter(isOut));
  const { peers, ...rest } = desired;
  const alone = peers && aloneBecause(peers, { taken, isSharing });
  const isShared = peers !== undefined && alone === undefined;
  return {
    haproxy: {
      ...rest,
      ...(isShared && { peers }),
      frontends: offered.filter((frontend) => !out.has(frontend)),
    },
    conflicts: [...out].map(({ address, port, service }) => ({ address, port, service })),
    refusals:
      alone === undefined
        ? refusals
        : [...refusals, { service: '', sentence: alone, isMinor: true }],
  };
}

/**
 * A frontend with the certificates that are there; undefined without one of them, or without what
 * would tell strangers apart: then its port stays closed.
 */
function withKeys(frontend: Frontend, keys: ReadonlySet<string>): Frontend | undefined {
  const { tls, serverTls } = frontend;
  const isThere = (key: KeyName | undefined) => key === undefined || keys.has(keyFile(key));
  if (!isThere(serverTls?.authority) || !isThere(tls?.clientAuthority)) return undefined;
  if (tls === undefined) return frontend;
  const certificates = tls.certificates.filter(isThere);
  return certificates.length === 0 ? undefined : { ...frontend, tls: { ...tls, certificates } };
}

/**
 * Why this HAProxy cannot hear of clients from the others; undefined: it can. While it does, a
 * listener on that very address is its own.
 */
function aloneBecause(
  peers: Peers,
  { taken, isSharing }: { readonly taken: TakenPorts; readonly isSharing: boolean },
): string | undefined {
  const own = ownPeer(peers);
  if (own === undefined) return undefined;
  if (!taken.onEveryAddress(own) && (isSharing || !taken.onAddress(own))) return undefined;
  return (
    `another process has port ${own.port} of ${own.address}: this node does not hear which server ` +
    'a client of a Service with session affinity has, so it may give it another one'
  );
}

function conflicts(
  taken: TakenPorts,
  frontend: Frontend,
  own: ReadonlySet<string> | undefined,
): boolean {
  if (taken.onEveryAddress(frontend)) return true;
  if (frontend.isPassing || !taken.onAddress(frontend)) return false;
  return own !== undefined && !own.has(frontendEndpoint(frontend.name));
}
