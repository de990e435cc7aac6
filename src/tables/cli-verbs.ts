/**
 * Every verb of the command line, said once: its parser, `--help`, shell completion and
 * docs/reference/cli.md are made from this table.
 */

import { agentsNamespaceDefault } from './names.ts';

/** A flag; without `takes` it is a switch. */
export type CliFlag = {
  readonly short?: string;
  /** What stands behind it: `NAME`, or the words it takes with `|` between them. */
  readonly takes?: string;
  readonly help: string;
};

/** A verb. */
export type CliVerb = {
  /** What follows the verb's name: `[KIND/]NAME`. */
  readonly operands: string;
  /** Kinds whose names complete an operand. */
  readonly completes: readonly CliKind[];
  readonly summary: string;
  /** Paragraphs. */
  readonly about: readonly string[];
  readonly flags: Readonly<Record<string, CliFlag>>;
  /** A command without its program, and what it is for. */
  readonly examples: readonly (readonly [string, string])[];
  /** What exit status 1 means; 0, 2 and 3 mean the same everywhere. */
  readonly finding: string;
  /** The ClusterRole of the chart that suffices for it. */
  readonly role: CliRole;
};

/** Roles of the chart; `fairlead-traffic-viewer` is one of the agents' namespace. */
type CliRole =
  | 'fairlead-viewer'
  | 'fairlead-traffic-viewer'
  | 'fairlead-admin'
  | 'cluster-admin'
  | 'none';

/** A kind of object that a command can be about. */
export type CliKind = 'service' | 'pool' | 'vip';

/** What an operand's kind may be called. */
export const cliKindNames: Readonly<Record<CliKind, readonly string[]>> = {
  service: ['service', 'services', 'svc'],
  pool: ['pool', 'pools', 'vippool', 'vippools'],
  vip: ['vip', 'vips'],
};

/** Flags of every verb. */
export const cliFlags = {
  namespace: {
    short: 'n',
    takes: 'NAMESPACE',
    help: 'namespace; the one of the kubeconfig’s context if left out',
  },
  output: {
    short: 'o',
    takes: 'table|wide|json|yaml',
    help: 'how to print: a table, a wider one, or the documented JSON, also as YAML',
  },
  kubeconfig: { takes: 'FILE', help: 'kubeconfig file; $KUBECONFIG or ~/.kube/config if left out' },
  context: { takes: 'NAME', help: 'context of the kubeconfig; its current one if left out' },
  servers: {
    takes: 'URLS',
    help: 'API server URLs in order of preference, comma separated; the kubeconfig’s if left out',
  },
  'system-namespace': {
    takes: 'NAMESPACE',
    help: 'namespace of the controller; fairlead-system if left out',
  },
  help: { short: 'h', help: 'prints what a verb does and takes' },
} as const satisfies Readonly<Record<string, CliFlag>>;

const yes = { help: 'do it; without this nothing is written' } as const;

export const cliVerbs = {
  status: {
    operands: '',
    completes: [],
    summary: 'pools, VIPs, VRRP instances, nodes, waiting Services: what is wrong first',
    about: [
      'Tells how everything is, with what is wrong and what to do about it first. Problems are found with the controller’s own code over what the API shows, so they are true also while no controller runs.',
      'Covers all namespaces; -n limits Services, VIPs and instances to one. Tables show 40 rows, -o wide all.',
    ],
    flags: { 'all-namespaces': { short: 'A', help: 'all namespaces, which is the default' } },
    examples: [
      ['status', 'how everything is'],
      ['status -n shop -o wide', 'everything that concerns namespace shop'],
      ['status -o json | jq .findings', 'for a script'],
    ],
    finding: 'there is a problem; notes alone are none',
    role: 'fairlead-viewer',
  },
  explain: {
    operands: '[KIND/]NAME',
    completes: ['service', 'pool', 'vip'],
    summary: 'why a Service has its address or none; whose an address is; what a pool gives',
    about: [
      'For a Service the whole path: class, finalizers, what it asks for, every pool and why the address is from it or not, VRRP instance, holder, frontends, servers, published status, conditions. The decision is run again on a copy: codes and sentences are those of conditions and events.',
      'KIND is service, vip or pool; without one NAME is a Service, or an address if it reads as one.',
    ],
    flags: {},
    examples: [
      ['explain service/web -n shop', 'why it waits, or where it is served'],
      ['explain vip/192.0.2.10', 'whose address that is'],
      ['explain pool/edge', 'who may have its addresses, and who waits'],
    ],
    finding: 'the object does not exist, or does not work',
    role: 'fairlead-viewer',
  },
  plan: {
    operands: '[service/NAME]',
    completes: ['service'],
    summary: 'dry run: what would VipPools or Services of a file change? Writes nothing',
    about: [
      'Puts the objects of a file in the place of those of the cluster, runs the controller’s own decisions until nothing changes any more, and tells who would get, move, lose, be stranded or wait. The file is taken as the whole spec, labels and annotations, as by kubectl replace.',
      'The API server checks the objects (a dry run of its own). Who may not write them gets the plan without that check.',
      'With service/NAME instead of a file: what that Service would get now.',
    ],
    flags: {
      filename: { short: 'f', takes: 'FILE', help: 'YAML or JSON, several documents; - is stdin' },
    },
    examples: [
      ['plan -f pool.yaml', 'before kubectl apply -f pool.yaml'],
      ['plan service/web -n shop', 'what it would get now'],
    ],
    finding: 'somebody would come to harm, or the API server would refuse an object',
    role: 'fairlead-viewer',
  },
  top: {
    operands: '',
    completes: [],
    summary: 'traffic now: connections, requests, bytes, errors of each Service, the most first',
    about: [
      'Asks every agent twice and tells what came between: connections that are open, new ones, requests in HTTP mode, bytes from and to clients, connections to servers that failed and answers of 500 to 599 (ERRORS/S), what was denied, and connections that wait for a server. Of UDP and SCTP, which pass HAProxy by, NEW/S is new flows, IN/S what clients sent and DENIED/S refused packets; open flows and answers are not counted.',
      'Covers all namespaces; -n limits it to one. The table has 40 rows, -o wide all, and more columns.',
      'Agents listen on their node’s loopback unless the chart was told otherwise, and are reached through a forwarded port (pods/portforward), else through the API server’s proxy (pods/proxy). Either right reaches other ports of the node as well, and the figures are those of all tenants: Role fairlead-traffic-viewer of the agents’ namespace is for who runs the platform.',
    ],
    flags: {
      by: { takes: 'service|port|node|pool', help: 'what a row is about; service if left out' },
      'sort-by': {
        takes: 'connections|new|requests|in|out|errors|denied|queue|name',
        help: 'what comes first: the most of it; connections if left out',
      },
      seconds: { takes: 'SECONDS', help: 'between the two looks, 1 to 60; 3 if left out' },
      'all-namespaces': { short: 'A', help: 'all namespaces, which is the default' },
      'nodes-namespace': {
        takes: 'NAMESPACE',
        help: `namespace of the agents; ${agentsNamespaceDefault} if left out`,
      },
    },
    examples: [
      ['top', 'which Services have the most connections'],
      ['top --sort-by out -n shop', 'who sends the most bytes in namespace shop'],
      ['top --by node -o wide', 'how the nodes share the load'],
    ],
    finding: 'an agent did not answer: its node’s traffic is missing',
    role: 'fairlead-traffic-viewer',
  },
  reassign: {
    operands: '[service/NAME]',
    completes: ['service'],
    summary: 'moves Services off addresses that their pool no longer contains',
    about: [
      'A pool that is edited never drops an address: it is stranded and served on. This gives its Services new ones, of the same pool if it can: the new address answers and is published first, then the old one goes. It sets annotation fairlead.dev/reassign, waits, and takes it off again.',
    ],
    flags: {
      address: { takes: 'ADDRESS', help: 'only this one of the Service’s stranded addresses' },
      pool: { takes: 'NAME', help: 'every Service on a stranded address of this pool' },
      'no-wait': { help: 'only set the annotation' },
      timeout: { takes: 'SECONDS', help: 'wait at most this long, 120 if left out' },
    },
    examples: [
      ['reassign service/web -n shop', 'one Service'],
      ['reassign --pool edge', 'all of them, after the pool got a new range'],
    ],
    finding: 'there is nothing to move, or it cannot be moved, or not in time',
    role: 'fairlead-admin',
  },
  reserve: {
    operands: 'ADDRESS[,ADDRESS…]',
    completes: [],
    summary: 'keeps addresses of a pool for a namespace, for one Service, or for nobody',
    about: [
      'Adds an entry to spec.reservations of the pool, under the version that was read. Without -n it is kept for nobody. A present holder keeps its address. Where pools come from Git, write it there as well.',
    ],
    flags: {
      pool: { takes: 'NAME', help: 'the pool that has the addresses; required' },
      service: { takes: 'NAME', help: 'keep it for this Service of the namespace given by -n' },
    },
    examples: [
      ['reserve 192.0.2.10 --pool edge -n shop --service web', 'for one Service'],
      ['reserve 192.0.2.20-192.0.2.29 --pool edge -n shop', 'for a namespace'],
      ['reserve 192.0.2.30 --pool edge', 'for nobody'],
    ],
    finding: 'the pool does not have the address, or it is reserved otherwise',
    role: 'fairlead-admin',
  },
  release: {
    operands: 'ADDRESS[,ADDRESS…]',
    completes: ['vip'],
    summary: 'frees an address that cools down, is retained or quarantined; or a reservation',
    about: [
      'Ends what keeps an address from others after its Service is gone, by deleting its Vip in exactly the state that was read. An address that is held is refused: delete the Service.',
      'A quarantined address may still be served by a node that was cut off: make sure that it is off, then say --yes.',
    ],
    flags: {
      reservation: { help: 'take the address out of spec.reservations of --pool instead' },
      pool: { takes: 'NAME', help: 'with --reservation: the pool' },
      yes: { help: 'release a quarantined address' },
    },
    examples: [
      ['release 192.0.2.10', 'give it to the next who asks'],
      ['release --reservation 192.0.2.20 --pool edge', 'no longer keep it for anybody'],
    ],
    finding: 'it is held, or nothing keeps it',
    role: 'fairlead-admin',
  },
  'grant-tls': {
    operands: '',
    completes: [],
    summary: 'prints the RoleBinding by which agents may read a namespace’s Secrets',
    about: [
      'A Service ends TLS with Secrets of its own namespace (annotation fairlead.dev/tls-secrets). Whoever may create RoleBindings there gives the agents of the nodes leave to read them; nothing else in the cluster is opened by it. Where the chart was installed with tls.secretAccess=Cluster nobody needs this.',
    ],
    flags: {
      'nodes-namespace': {
        takes: 'NAMESPACE',
        help: `namespace of the agents; ${agentsNamespaceDefault} if left out`,
      },
    },
    examples: [['grant-tls -n shop | kubectl apply -f -', 'for namespace shop']],
    finding: 'never',
    role: 'none',
  },
  uninstall: {
    operands: '',
    completes: [],
    summary: 'takes Fairlead’s finalizers off everything, so that nothing stays undeletable',
    about: [
      'Before helm uninstall: removes Fairlead’s finalizers from Services, VipPools and Vips, and deletes Vips and VrrpInstances. All VIPs stop answering. Services keep their status, so that a later installation gives them the same addresses. Refuses while a controller leads, which would put everything back.',
      'Without --yes it only counts. It can be run again at any time.',
    ],
    flags: {
      yes,
      'ignore-leader': { help: 'go on although a controller holds the Lease' },
    },
    examples: [
      ['uninstall', 'what would be done'],
      ['uninstall --yes', 'do it, then follow what it prints'],
    ],
    finding: 'a controller leads, or something is left',
    role: 'cluster-admin',
  },
  completion: {
    operands: 'bash|zsh|fish',
    completes: [],
    summary: 'prints a script that completes verbs, flags and names',
    about: [
      'kubectl itself completes `kubectl fairlead` through an executable kubectl_complete-fairlead on PATH, which the image and the npm package have.',
    ],
    flags: {},
    examples: [['completion bash > /etc/bash_completion.d/fairlead', 'for all users']],
    finding: 'never',
    role: 'none',
  },
  version: {
    operands: '',
    completes: [],
    summary: 'prints the version',
    about: [],
    flags: {},
    examples: [],
    finding: 'never',
    role: 'none',
  },
  help: {
    operands: '[VERB]',
    completes: [],
    summary: 'prints all verbs, or one',
    about: [],
    flags: {},
    examples: [],
    finding: 'never',
    role: 'none',
  },
} as const satisfies Readonly<Record<string, CliVerb>>;

/** Name of a verb. */
export type CliVerbName = keyof typeof cliVerbs;

/** Exit statuses of every verb. */
export const cliExits = {
  0: 'done, or all is well',
  1: 'there is a finding, or it was refused',
  2: 'the command line cannot be understood',
  3: 'the API server cannot be reached, or refuses us, or knows no Fairlead',
} as const;

export type CliExit = keyof typeof cliExits;
