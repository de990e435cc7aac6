import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { clientMachine, clientsMax } from './addresses.ts';
import { favour, inCgroup, makeCgroup } from './cgroups.ts';
import { type CommandOptions, run } from './command.ts';
import { LabError } from './lab-error.ts';
import { cgroupOf, inLab, type LabNames, namespaceOf } from './names.ts';
import { inNamespace, plugIn } from './network.ts';

/** A machine on the switch that is no part of the cluster: the user of a VIP. */
export class LabClient {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly namespace: string;
  readonly #names: LabNames;

  constructor(names: LabNames, name: string, index: number) {
    this.#names = names;
    this.name = name;
    this.namespace = namespaceOf(names, `c-${name}`);
    const machine = clientMachine(index);
    this.ipv4 = machine.ipv4;
    this.ipv6 = machine.ipv6;
  }

  /** Runs a command of the machine in the client's network; answers its stdout. */
  async exec(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    return await run(this.command(argv), options);
  }

  /**
   * Starts a command in the client's network with pipes; the lab's `down` ends it if nobody else
   * does.
   */
  spawn(argv: readonly string[]): ChildProcess {
    const [command = '', ...rest] = this.command(argv);
    return spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  }

  /** The command line that `exec` and `spawn` run. */
  command(argv: readonly string[]): string[] {
    return inCgroup(cgroupOf(this.#names, 'clients'), inNamespace(this.namespace, argv));
  }
}

/** The client of that name; made and plugged in the first time it is asked for. */
export async function labClient(names: LabNames, name: string): Promise<LabClient> {
  if (!/^[a-z0-9]{1,10}$/.test(name)) {
    throw new LabError('LAB_USAGE', `client "${name}": use 1–10 lower-case letters and digits`);
  }
  const known = await knownIndex(names, name);
  if (known !== undefined) return new LabClient(names, name, known);
  const index = await takeIndex(names, name);
  const client = new LabClient(names, name, index);
  makeCgroup(cgroupOf(names, 'clients'));
  // A client that has to wait for the CPU would count its own waiting as an outage.
  favour(cgroupOf(names, 'clients'));
  const machine = { ipv4: client.ipv4, ipv6: client.ipv6 };
  await plugIn(names, { namespace: client.namespace, machine, port: `c${index}` });
  return client;
}

async function knownIndex(names: LabNames, name: string): Promise<number | undefined> {
  const folder = inLab(names, 'clients');
  for (const file of await readdir(folder).catch(() => [])) {
    if ((await readFile(`${folder}/${file}`, 'utf8')) === name) return Number(file);
  }
  return undefined;
}

/** Creating the file is the lock: two processes never get the same number. */
async function takeIndex(names: LabNames, name: string): Promise<number> {
  const folder = inLab(names, 'clients');
  await mkdir(folder, { recursive: true });
  for (let index = 1; index <= clientsMax; index += 1) {
    const file = await open(`${folder}/${index}`, 'wx').catch(() => undefined);
    if (file === undefined) continue;
    await file.writeFile(name);
    await file.close();
    return index;
  }
  throw new LabError('LAB_TOO_MANY', `a lab has addresses for ${clientsMax} clients`);
}
