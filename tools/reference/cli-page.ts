import { flagText } from '../../src/cli/help.ts';
import {
  type CliFlag,
  type CliVerb,
  cliExits,
  cliFlags,
  cliVerbs,
} from '../../src/tables/cli-verbs.ts';
import { shapes } from './cli-shapes.ts';
import { asSentence, code, link, page, table } from './markdown.ts';

/** docs/reference/cli.md: every verb, its flags, exits and rights, and the shapes of -o json. */
export function cliPage(): string {
  const verbs = Object.entries<CliVerb>(cliVerbs);
  return page(
    {
      title: 'The command line',
      source: 'src/tables/cli-verbs.ts and the report types of src/explain',
      intro,
    },
    [
      table(
        ['verb', 'what it does', 'role that suffices'],
        verbs.map(([name, { summary, role }]) => [link(name, `#${name}`), summary, roleText(role)]),
      ),
      '## Exit status',
      table(
        ['status', 'meaning'],
        Object.entries(cliExits).map(([status, text]) => [code(status), text]),
      ),
      'What status 1 means is said with each verb.',
      '## Flags of every verb',
      flagTable(cliFlags),
      ...verbs.flatMap(([name, verb]) => chapter(name, verb)),
      '## The shapes of -o json and -o yaml',
      shapesIntro,
      ...shapes().flatMap(({ name, text }) => [`### ${name}`, `\`\`\`ts\n${text}\n\`\`\``]),
    ],
  );
}

const intro = [
  '`kubectl fairlead` and `fairlead` are the same program: link `dist/fairlead.mjs` into a folder of PATH as `kubectl-fairlead`, and as',
  '`kubectl_complete-fairlead` for completion under kubectl (its parts stay where they are, in `dist/fairlead/`); the image has all three',
  'names. kubectl takes no flags before a plugin’s name: write `kubectl fairlead status --context lab`. It reads with the rights of the',
  'kubeconfig, and says which right is missing where it may not read something. Colours appear only on a terminal and not with',
  '`NO_COLOR`. Whatever an object’s author wrote into it is made printable first: no control character reaches the terminal.',
].join('\n');

const shapesIntro = [
  'Every answer is one object with `apiVersion: cli.fairlead.dev/v1alpha1` and a `kind`. Fields are added, none changes its meaning',
  'within a version. Counts of addresses are decimal texts. These are the types the program itself is made from:',
].join('\n');

function roleText(role: CliVerb['role']): string {
  return role === 'none' ? 'none' : code(role);
}

function chapter(name: string, verb: CliVerb): string[] {
  const usage = ['kubectl fairlead', name, verb.operands, '[flags]'].filter(Boolean).join(' ');
  const examples = verb.examples.map(([line, why]) => `kubectl fairlead ${line}   # ${why}`);
  const hasFlags = Object.keys(verb.flags).length > 0;
  return [
    `## ${name}`,
    code(usage),
    asSentence(verb.summary),
    ...verb.about,
    ...(hasFlags ? [flagTable(verb.flags)] : []),
    ...(examples.length > 0 ? [`\`\`\`\n${examples.join('\n')}\n\`\`\``] : []),
    `Exit status 1: ${asSentence(verb.finding)}`,
  ];
}

function flagTable(flags: Readonly<Record<string, CliFlag>>): string {
  return table(
    ['flag', 'meaning'],
    Object.entries(flags).map(([name, flag]) => [code(flagText(name, flag)), flag.help]),
  );
}
