import {
  type CliExit,
  type CliFlag,
  type CliVerb,
  type CliVerbName,
  cliExits,
  cliFlags,
  cliVerbs,
} from '../tables/cli-verbs.ts';
import { type Arguments, isVerb } from './arguments.ts';
import { CliError } from './cli-error.ts';
import type { Shell } from './shell.ts';

/** `help`, `help VERB`. */
export function help({ operands: [verb] }: Arguments, shell: Shell): CliExit {
  if (verb !== undefined && !isVerb(verb)) throw new CliError(2, `there is no verb "${verb}"`);
  shell.out(verb === undefined ? overview() : verbHelp(verb));
  return 0;
}

/** All verbs, a line each. */
export function overview(): string {
  const verbs = Object.entries<CliVerb>(cliVerbs);
  const width = Math.max(...verbs.map(([name]) => name.length));
  return `${[
    'kubectl fairlead: VIPs of type: LoadBalancer Services, and why they are as they are',
    '',
    'usage: kubectl fairlead VERB [flags]   (or: fairlead VERB [flags])',
    '',
    ...verbs.map(([name, { summary }]) => `  ${name.padEnd(width)}   ${summary}`),
    '',
    'in the cluster: fairlead controller, fairlead agent (--help lists their flags)',
    '',
    'kubectl fairlead VERB --help tells what a verb does and takes',
  ].join('\n')}\n`;
}

/** One verb: what it does, its flags, examples, exit statuses. */
export function verbHelp(name: CliVerbName): string {
  const verb: CliVerb = cliVerbs[name];
  const command = ['kubectl fairlead', name, verb.operands, '[flags]'].filter(Boolean).join(' ');
  const examples = verb.examples.map(([line, why]) => `  # ${why}\n  kubectl fairlead ${line}`);
  return `${[
    `usage: ${command}`,
    ...[verb.summary, ...verb.about].map((paragraph) => wrapped(paragraph, 78)),
    ...(examples.length === 0 ? [] : [`examples\n${examples.join('\n')}`]),
    ...(Object.keys(verb.flags).length === 0 ? [] : [`flags\n${flagLines(verb.flags)}`]),
    `flags of every verb\n${flagLines(cliFlags)}`,
    `exit status\n${exitLines(verb)}`,
  ].join('\n\n')}\n`;
}

function flagLines(flags: Readonly<Record<string, CliFlag>>): string {
  return Object.entries(flags)
    .map(([name, flag]) => `  ${flagText(name, flag)}\n      ${flag.help}`)
    .join('\n');
}

/** `-n, --namespace NAMESPACE` */
export function flagText(name: string, { short, takes }: CliFlag): string {
  const begin = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return takes === undefined ? begin : `${begin} ${takes}`;
}

function exitLines({ finding }: CliVerb): string {
  return Object.entries(cliExits)
    .map(([status, text]) => `  ${status}   ${status === '1' ? finding : text}`)
    .join('\n');
}

function wrapped(text: string, width: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}
