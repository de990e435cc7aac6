/** What of the node's kernel HAProxy depends on; null: not to be read here. */
export type KernelSettings = {
  /** net.ipv4.tcp_tw_reuse: 1 lets a closed connection's port be used again after a second. */
  readonly timeWaitReuse: number | null;
  /** Ports of net.ipv4.ip_local_port_range. */
  readonly localPorts: number | null;
  /** net.core.somaxconn: connections that wait to be accepted. */
  readonly listenBacklog: number | null;
  /** net.ipv4.tcp_max_syn_backlog: half-open ones. */
  readonly synBacklog: number | null;
};

/** A closed connection blocks its port for so long (TCP_TIMEWAIT_LEN of Linux). */
const timeWaitSeconds = 60;
/** Fewer ports than this are fewer connections at a time to one pod than many databases take. */
const localPortsMin = 10_000;
/** HAProxy asks for as many as it takes connections; Linux had 128 until 5.4. */
const listenBacklogMin = 1_024;

/** The files of /proc/sys that are read. */
export const kernelFiles = {
  timeWaitReuse: 'net/ipv4/tcp_tw_reuse',
  localPorts: 'net/ipv4/ip_local_port_range',
  listenBacklog: 'net/core/somaxconn',
  synBacklog: 'net/ipv4/tcp_max_syn_backlog',
} as const satisfies Record<keyof KernelSettings, string>;

/** Reads what /proc/sys has, by the names of `kernelFiles`; an empty text is no file. */
export function parseKernelSettings(
  texts: Readonly<Record<keyof KernelSettings, string>>,
): KernelSettings {
  const [first, last] = texts.localPorts.trim().split(/\s+/).map(Number);
  return {
    timeWaitReuse: numberIn(texts.timeWaitReuse),
    localPorts: first && last ? last - first + 1 : null,
    listenBacklog: numberIn(texts.listenBacklog),
    synBacklog: numberIn(texts.synBacklog),
  };
}

function numberIn(text: string): number | null {
  return /^\d+$/.test(text.trim()) ? Number(text) : null;
}

/** What is too low for a busy node, with what comes of it; empty: nothing. */
export function kernelTroubles(settings: KernelSettings): string[] {
  const { timeWaitReuse, localPorts, listenBacklog } = settings;
  const rate = Math.floor((localPorts ?? 28_232) / timeWaitSeconds);
  return [
    ...(timeWaitReuse === null || timeWaitReuse === 1
      ? []
      : [
          [
            `net.ipv4.tcp_tw_reuse is ${timeWaitReuse}: where clients close first, HAProxy can open`,
            `about ${rate} new connections a second to one port of a pod; set it to 1, or the chart’s agent.kernelSettings to Set`,
          ].join(' '),
        ]),
    ...(localPorts === null || localPorts >= localPortsMin
      ? []
      : [
          [
            `net.ipv4.ip_local_port_range has ${localPorts} ports: so many connections at a time`,
            'HAProxy can have to one port of a pod; set it to 10240 65535 and reserve NodePorts',
          ].join(' '),
        ]),
    ...(listenBacklog === null || listenBacklog >= listenBacklogMin
      ? []
      : [
          `net.core.somaxconn is ${listenBacklog}: bursts of clients wait for a second try; set it to 4096`,
        ]),
  ];
}
