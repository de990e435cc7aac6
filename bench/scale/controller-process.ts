import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { freePort, killDaemon, startDaemon } from '../../test/api/process-tree.ts';
import { waitUntil } from '../../test/api/wait-until.ts';
import { bundleFiles } from '../../tools/bundle.ts';
import type { Account, Installed } from './install.ts';
import { type Metrics, readMetrics } from './read-metrics.ts';

/** A running controller, seen from outside: its metrics and what the kernel counts. */
export type ControllerProcess = {
  /** Undefined while it does not answer yet. */
  metrics(): Promise<Metrics | undefined>;
  /** Seconds of CPU since it started, all threads. */
  cpuSeconds(): number;
  /** The most memory it ever had resident, MiB. */
  peakRssMib(): number;
  /** As a kubelet stops it: SIGTERM, then wait. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Waits as `waitUntil` does; throws at once when the process has ended: nothing would come. */
  until(...of: Parameters<typeof waitUntil>): Promise<void>;
};

/** Runs what follows with a ServiceAccount where a pod has it, in a mount namespace of its own. */
function asInPod(folder: string): string[] {
  const script = [
    'account=$1; shift',
    'mount -t tmpfs run /run',
    'mkdir -p /run/secrets/kubernetes.io/serviceaccount',
    'cp "$account"/* /run/secrets/kubernetes.io/serviceaccount/',
    'exec "$@"',
  ];
  return ['unshare', '--mount', 'sh', '-ec', script.join('\n'), 'sh', folder];
}

/** Starts the bundle that ships, with the Deployment's own flags and environment. */
export async function startController(
  installed: Installed,
  of: { account: Account; logFile: string },
): Promise<ControllerProcess> {
  const port = await freePort();
  const own = {
    identity: 'bench',
    'http-address': `127.0.0.1:${port}`,
  };
  const kept = installed.args.filter((arg) => !(flagName(arg) in own));
  const flags = Object.entries(own).map(([name, value]) => `--${name}=${value}`);
  const { folder, server } = of.account;
  const surroundings = {
    ...installed.env,
    KUBERNETES_SERVICE_HOST: server.hostname,
    KUBERNETES_SERVICE_PORT: server.port,
  };
  const environment = Object.entries(surroundings).map(([name, value]) => `${name}=${value}`);
  const program = [process.execPath, bundleFiles.bundle, ...kept, ...flags];
  const command = [...asInPod(folder), 'env', '-i', ...environment, ...program];
  const child = startDaemon(command, of.logFile);
  const exited = once(child, 'exit');
  const ended = (how: number | string | null) =>
    new Error(`the controller ended with ${how}; see ${of.logFile}`);
  const kernelSays = (name: string) => readFileSync(`/proc/${child.pid}/${name}`, 'utf8');
  return {
    metrics: () => readMetrics(`http://127.0.0.1:${port}/metrics`),
    cpuSeconds: () => cpuSecondsOf(kernelSays('stat')),
    peakRssMib: () => Number(/^VmHWM:\s+(\d+) kB/m.exec(kernelSays('status'))?.[1]) / 1024,
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = (await exited) as [number | null];
      if (code !== 0) throw ended(code);
    },
    kill: () => killDaemon(child),
    until: (what, condition, boundMs) => {
      const isSo = () => {
        const end = child.exitCode ?? child.signalCode;
        if (end !== null) throw ended(end);
        return condition();
      };
      return waitUntil(what, isSo, boundMs);
    },
  };
}

function flagName(arg: string): string {
  return /^--([^=]+)/.exec(arg)?.[1] ?? '';
}

/** proc(5): utime and stime are fields 14 and 15, in ticks of 10 ms. */
function cpuSecondsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
