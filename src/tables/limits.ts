/**
 * Every bound of the product, with its reason. Docs are generated from this file's comments by
 * hand-read, never copied.
 */

/**
 * Keepalived's CPU at 0.1 s adverts stays near 1 % of a core up to here (dataplane.md section 2).
 */
export const instancesPerPoolMax = 32;

/** Networks that may connect to one Service: HAProxy reads them from its file line by line. */
export const sourceRangesMax = 1_000;

/**
 * Ports of a Service that are served, its first ones: a Vip records them for each holder, and what
 * the API server refuses to store would hold up the writes of everybody else.
 */
export const portsPerServiceMax = 256;

/**
 * Servers of a Service on one address, over all of its ports: HAProxy checks each of them every
 * second and needs a descriptor for it, so one Service could keep a pool from being reloaded.
 */
export const serversPerServiceMax = 5_000;

/** A certificate that ends so soon should have been renewed: automats do it weeks before. */
export const certificateWarningMs = 14 * 86_400_000;

/** Watches of Secrets an agent keeps at once, one for each namespace with TLS and each CA. */
export const secretWatchesMax = 512;

/** A client keeps its server for this long after its last connection (Service API, R51). */
export const affinitySecondsDefault = 10_800;
export const affinitySecondsMax = 86_400;

/** Clients remembered of one port; the one not seen for the longest time gives way. */
export const affinityClientsMax = 100_000;

/**
 * HAProxy of one node tells the others its clients' servers on this port plus the VRID of an
 * instance of the pool: a VRID is unique on its segment, so no two pools meet on one address.
 */
export const peersPortBase = 7_300;

/** Services on one address: more ports than a firewall rule set that people still understand. */
export const holdersPerVipMax = 64;

/** Nodes that a released Vip waits for; Kubernetes supports as many in a cluster. */
export const awaitedNodesMax = 5_000;

/** Instances that a node can confirm not to run; what is beyond waits until some are over. */
export const withdrawalsPerNodeMax = 1_024;

/** A deleted Service's address is kept for 30 days at most (A61). */
export const retainSecondsMax = 2_592_000;

/** VRRP members of one instance; the API allows less, never more: packets grow with the square. */
export const membersPerInstanceMax = 10;

/** Priorities 254, 238, 222 …: a planned move then costs only the skew (dataplane.md section 2). */
export const firstPriority = 254;
export const priorityStep = 16;

/** As many as there are priorities: while a pool moves, old members and new ones are listed. */
export const ranksPerInstance = 16;

/**
 * A VipNode lists at most this many troubles of one kind, those of each namespace in turn; of port
 * conflicts, refusals and Secrets the rest are counted.
 */
export const exceptionsPerNodeMax = 50;

/** A node that has not renewed its Lease for this long cannot confirm anything (R13). */
export const nodeLeaseFreshMs = 45_000;

/**
 * Withdrawal of an address is waited for at most this long on a node whose Lease is fresh (R13).
 */
export const withdrawalWaitMs = 30_000;

/** Clocks of two controllers that differ by more than this are not both believed. */
export const clockSkewMaxMs = 60_000;

/** After this long a join that live members have not confirmed is said in a condition. */
export const joinBlockedAfterMs = 15_000;

/**
 * A new instance is given this long, from when it is first held, to come to the node it was made
 * for; then its addresses are published wherever it is. A planned move takes about 0.3 s, and pods
 * of a new pool start within about 2 s of each other.
 */
export const settleMs = 3_000;

/** How often somebody may replace the ingress we wrote before it counts as a fight (X7). */
export const rewritesTolerated = 3;

/** In a fight the pause before our next write begins and ends with upstream's (R18). */
export const contestPauseFirstMs = 5_000;
export const contestPauseLastMs = 300_000;

/** Twice the longest pause without a rewrite: the fight is over. */
export const contestCalmMs = 600_000;

/**
 * Ports from which agents try VIPs. Below 512: what a node masquerades keeps to 512 and above
 * (nf_nat_core.c), so no connection of a pod ever looks like a try. Several, for a try must not
 * find the NAT that conntrack remembers of the one before.
 */
export const testPorts = { first: 400, last: 463 } as const;

/** Tries in a row that something else answered before it is said: VIPs move in less than one. */
export const testsInRowMin = 3;

/** A report names this many VIP ports at most that something else answers. */
export const bypassedNamedMax = 5;

/**
 * A reload leaves a worker that goes on with its connections: for so long, and for so many further
 * reloads. Then what it still has is cut, so that workers neither pile up nor keep old keys.
 */
export const oldWorkerSecondsMax = 1_800;
export const oldWorkerReloadsMax = 20;

/** Servers whose figures one scrape has one by one; of the rest each port has the sum. */
export const serversScrapedMax = 2_000;

/**
 * Transfers that HAProxy may splice at once: 32 MiB of kernel memory when all are full, half of
 * what a user without privileges gets (pipe(7), pipe-user-pages-soft).
 */
export const pipesMax = 128;

/**
 * What HAProxy refused is tried again after this long: what it collided with, or lacked, may be
 * another thing by then.
 */
export const refusalMilliseconds = 60_000;
