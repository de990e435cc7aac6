import type { SoakTimes } from '../soak/soak-time.ts';

/** One child process of a test run. */
export type Stage = {
  readonly name: string;
  readonly command: readonly string[];
  /** Test stages are counted from their TAP; a tool is one failure or nothing. */
  readonly kind: 'tool' | 'tests';
  /** Variables of this stage alone. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * On a starved machine VRRP adverts come late and a VIP moves by itself, which cuts connections
   * that a test counts; and an API server answers later than a test waits. So a file that fails is
   * run once more, and the run says which were.
   */
  readonly hasSecondTry?: true;
  /** Seconds until the stage is ended and counts as failed. */
  readonly boundSeconds: number;
};

/** How much of the whole is wanted. */
export type Extent = 'fast' | 'check' | 'all' | 'long';

const minutes = 60;

/** Stands for the folder that `prepare.ts` fills; whoever runs the stages puts its path there. */
export const preparedFolder = 'PREPARED_FOLDER';

/** The stages of a run, in order. `fast` needs neither root nor a lab; only `long` soaks. */
export function stagesOf(extent: Extent, soak: SoakTimes): Stage[] {
  if (extent === 'fast' || extent === 'check') return checkStages;
  const stages = [...checkStages, ...clusterStages];
  return extent === 'long' ? [...stages, ...soakStages(soak)] : stages;
}

const checkStages: Stage[] = [
  tool('types', ['tsc', '--noEmit'], 2 * minutes),
  tool('format and lint', ['biome', 'check', '.'], 2 * minutes),
  tool('lint with types', ['oxlint', '--type-aware', '--deny-warnings', ...sources()], 2 * minutes),
  {
    ...tests('tidy, unit, cases', [
      '--test-isolation=none',
      ...['src/**/*.test.ts', 'tools/**/*.test.ts', 'test/tidy.test.ts', 'test/generate.test.ts'],
      ...['test/run/*.test.ts', 'test/lab/*.test.ts', 'test/cases/*.test.ts', 'test/sim/*.test.ts'],
      ...['test/soak/*.test.ts', 'test/guides/*.test.ts', 'bench/**/*.test.ts'],
      ...['test/monitoring.test.ts', 'test/runbooks.test.ts', 'test/hostile/*.test.ts'],
    ]),
    // Under `long` each property takes its ten seconds.
    boundSeconds: 15 * minutes,
  },
  tool('generated files', ['node', 'tools/generate.ts', '--check'], 1 * minutes),
];

/**
 * What could come out otherwise on an older API server; the rest is about our own client, and about
 * crashes and hardships of ours.
 */
const dependingOnTheServer = [
  ...['crds', 'install', 'kube-apply', 'kube-events', 'service-contract', 'controller'],
  ...['controller-rights', 'controller-two-leaders', 'contract-*'],
].map((name) => `test/api/${name}.test.ts`);

const clusterStages: Stage[] = [
  {
    ...tests('simulation', ['--test-concurrency=2', 'test/sim/stage/*.test.ts']),
    boundSeconds: 20 * minutes,
  },
  // The first build takes about 15 minutes on two cores; later runs find everything made.
  tool('parts of the lab', ['node', 'test/run/prepare.ts', preparedFolder], 75 * minutes),
  {
    ...tests('API', ['--test-concurrency=1', 'test/api/*.test.ts']),
    hasSecondTry: true,
    boundSeconds: 30 * minutes,
  },
  {
    ...tests('API of Kubernetes 1.32', ['--test-concurrency=1', ...dependingOnTheServer]),
    environment: { FAIRLEAD_API_SERVER: 'oldest' },
    hasSecondTry: true,
    boundSeconds: 20 * minutes,
  },
  {
    ...tests('chart and alerts', [
      ...['test/chart.test.ts', 'test/scrape.test.ts', 'test/promtool.test.ts'],
    ]),
    boundSeconds: 5 * minutes,
  },
  {
    ...tests('data plane', [
      ...['--test-concurrency=1', 'test/dataplane/*.test.ts', 'test/hostile/daemons/*.test.ts'],
    ]),
    hasSecondTry: true,
    boundSeconds: 15 * minutes,
  },
  // One process, so that all files share one lab; files run in the order of their names.
  {
    ...tests('network', ['--test-isolation=none', 'test/net/*.test.ts']),
    hasSecondTry: true,
    boundSeconds: 40 * minutes,
  },
];

/** From the end of the trouble to the end of the stage; a lab comes up, settles and goes down. */
const aroundSoakSeconds = 15 * minutes;

function soakStages(soak: SoakTimes): Stage[] {
  return [
    // Ten worlds of half a minute each on a quiet machine.
    {
      ...tests('simulation soak', ['test/soak/simulation.soak.ts']),
      boundSeconds: 60 * minutes,
    },
    {
      ...tests('API soak', ['test/soak/kube.soak.ts']),
      boundSeconds: soak.kube + aroundSoakSeconds,
    },
    {
      ...tests('network soak', ['test/soak/network.soak.ts']),
      boundSeconds: soak.network + aroundSoakSeconds,
    },
  ];
}

function sources(): string[] {
  return ['src', 'test', 'tools', 'bench'];
}

function tool(name: string, command: readonly string[], boundSeconds: number): Stage {
  return { name, kind: 'tool', command, boundSeconds };
}

function tests(name: string, args: readonly string[]): Omit<Stage, 'boundSeconds'> {
  return { name, kind: 'tests', command: ['node', '--test', ...args] };
}
