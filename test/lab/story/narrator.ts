import type { Lab } from '../lab.ts';
import { readerCommands } from '../reader.ts';
import { webUrl } from '../web-url.ts';
import { asJsonLine, type StepResult } from './step.ts';
import { published } from './view.ts';

/** Tells the story on stdout: to a person, or as one JSON object a line and nothing else. */
export class Narrator {
  readonly #isJson: boolean;
  #isOver = false;

  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  title(nodes: number): void {
    const count = nodes === 1 ? 'one node' : `${nodes} nodes`;
    this.#tell(
      `Fairlead: a real Kubernetes cluster of ${count} on this machine, and VIPs that stay.\n\n`,
    );
  }

  begin(title: string): void {
    this.#tell(`  ▶  ${title}\n`);
  }

  /** Nothing is told from here on. */
  end(): void {
    this.#isOver = true;
  }

  result(result: StepResult): void {
    if (this.#isOver) return;
    if (this.#isJson) {
      process.stdout.write(`${asJsonLine(result)}\n`);
      return;
    }
    const fields = Object.entries(result.fields).map(([name, value]) => `${name} ${value}`);
    this.#tell(`  ${result.ok ? '✔' : '✖'}  ${result.step}: ${result.told}\n`);
    if (fields.length > 0) this.#tell(`     ${fields.join(' · ')}\n`);
    if (result.why !== undefined) this.#tell(`     ${result.why}\n`);
    this.#tell('\n');
  }

  /** A command that was run, and what it printed. */
  answer(command: string, text: string): void {
    const lines = text.trimEnd().split('\n');
    this.#tell(`  $ ${command}\n${lines.map((line) => `  ${line}`.trimEnd()).join('\n')}\n\n`);
  }

  #tell(text: string): void {
    if (!this.#isJson && !this.#isOver) process.stdout.write(text);
  }
}

/** What a person can try while the lab stays up. */
export async function farewell(lab: Lab): Promise<string> {
  const services = await Promise.all(
    ['web', 'api'].map((name) => published(lab, name).catch(() => undefined)),
  );
  const curls = services.flatMap((service) =>
    (service?.addresses ?? []).map(
      (address) => `curl -sg '${webUrl(address, service?.port ?? 80)}'`,
    ),
  );
  const commands = await readerCommands(lab);
  return `${[
    'The cluster stays up until Ctrl-C, which removes everything. In another shell:',
    '',
    `  export KUBECONFIG=${lab.kubeconfig} PATH=${commands}:$PATH`,
    '  kubectl get vippools,vips,vrrpinstances,vipnodes',
    '  kubectl get services',
    '  kubectl fairlead status',
    '  kubectl fairlead explain service/web',
    ...curls.map((curl) => `  ${curl}`),
    `  npm run lab -- node kill ${lab.nodes[0]?.name ?? 'n1'} --id ${lab.id}`,
    '',
    'That `curl` asks from a machine outside the cluster. docs/guides/ can be played here, too.',
    '',
  ].join('\n')}\n`;
}
