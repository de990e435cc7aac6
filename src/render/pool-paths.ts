/**
 * Where one pool's files lie on a node; the same paths in the agent's and in the pool's containers.
 */
export type PoolPaths = {
  readonly haproxyDirectory: string;
  readonly haproxyConfiguration: string;
  readonly haproxySocket: string;
  /** Certificates with their keys: in memory only, and gone after a reboot. */
  readonly keyDirectory: string;
  readonly masterSocket: string;
  readonly serverState: string;
  /** What the supervisor found that the container may use. */
  readonly haproxyLimits: string;
  readonly haproxyCommands: string;
  readonly keepalivedDirectory: string;
  readonly keepalivedConfiguration: string;
  readonly keepalivedCheckLog: string;
  readonly keepalivedCommands: string;
  /** Names the running keepalived; the supervisor removes it when the daemon ends. */
  readonly keepalivedRunning: string;
  readonly trackDirectory: string;
  /** 1 = HAProxy does not serve: every instance of this node goes FAULT. */
  readonly haproxyTrack: string;
  /** The last good files: what a cold start without an agent begins with. */
  readonly keepDirectory: string;
};

/** The two directories everything lies in; tests have others. */
export type Roots = { readonly run: string; readonly keep: string };

/** The product's own directories: tmpfs for what runs, disk for what must outlive a reboot. */
export const nodeRoots: Roots = { run: '/run/fairlead', keep: '/var/lib/fairlead' };

/** All paths of a pool. `pool` is a DNS label, so it can neither climb nor hide. */
export function poolPaths(pool: string, roots: Roots = nodeRoots): PoolPaths {
  const haproxy = `${roots.run}/${pool}/haproxy`;
  const keepalived = `${roots.run}/${pool}/keepalived`;
  return {
    haproxyDirectory: haproxy,
    haproxyConfiguration: `${haproxy}/haproxy.cfg`,
    haproxySocket: `${haproxy}/cli.sock`,
    keyDirectory: `${haproxy}/keys`,
    masterSocket: `${haproxy}/master.sock`,
    serverState: `${haproxy}/state`,
    haproxyLimits: `${haproxy}/limits`,
    haproxyCommands: `${haproxy}/command`,
    keepalivedDirectory: keepalived,
    keepalivedConfiguration: `${keepalived}/keepalived.conf`,
    keepalivedCheckLog: `${keepalived}/check.log`,
    keepalivedCommands: `${keepalived}/command`,
    keepalivedRunning: `${keepalived}/running`,
    trackDirectory: `${keepalived}/track`,
    haproxyTrack: `${keepalived}/track/haproxy`,
    keepDirectory: `${roots.keep}/${pool}`,
  };
}

/** The file that makes this node give one instance up (planned moves): named after the VRID. */
export function instanceTrack(paths: PoolPaths, vrid: number): string {
  return `${paths.trackDirectory}/${vrid}`;
}
