/**
 * `npm start`: a real cluster on this machine, Fairlead in it, and the story of a VIP that outlives
 * its node.
 *
 * npm start                          plays the story, then stays up until Ctrl-C removes everything
 * npm start -- --once                ends after the story; exit status 0 only if every step was ok
 *   npm start -- --once --json         one JSON object a line on stdout, and nothing else there
 *   npm start -- --nodes 5             one to five nodes, three by default
 */
import { parseArgs } from 'node:util';
import type { Lab } from '../lab.ts';
import { messageOf } from '../lab-error.ts';
import { sayOnStderr } from '../say.ts';
import { farewell, Narrator } from '../story/narrator.ts';
import { askUntilWell, questions } from '../story/plugin.ts';
import { bringUp } from '../story/step-ready.ts';
import { playStory } from '../story/story.ts';

async function main(): Promise<number> {
  const { once, json, nodes } = flags(process.argv.slice(2));
  const say = json ? sayOnStderr : (line: string) => void process.stdout.write(`     ${line}\n`);
  const narrator = new Narrator(json);
  let lab: Lab | undefined;
  const leave = Promise.withResolvers<void>();
  const onSignal = (): void => {
    narrator.end();
    leave.resolve();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  narrator.title(nodes);
  const story = playStory({
    bringUp: async () => {
      lab = await bringUp({ nodes, say });
      return lab;
    },
    say,
    onBegin: (title) => narrator.begin(title),
    onResult: (result) => narrator.result(result),
  });
  const isOk = await Promise.race([story, leave.promise.then(() => false)]);
  try {
    if (isOk && lab !== undefined && !json)
      await Promise.race([explained(lab, narrator), leave.promise]);
    if (!once && lab !== undefined) {
      process.stdout.write(await farewell(lab));
      await staying(leave.promise);
    }
  } finally {
    say('removing everything');
    await lab?.down();
  }
  return isOk ? 0 : 1;
}

/** What a person would ask now, and the answers. */
async function explained(lab: Lab, narrator: Narrator): Promise<void> {
  for (const words of questions) {
    narrator.answer(`kubectl fairlead ${words.join(' ')}`, await askUntilWell(lab, words));
  }
}

/** A promise keeps no process alive, a timer does. */
async function staying(until: Promise<void>): Promise<void> {
  const timer = setInterval(() => {}, 60_000);
  await until;
  clearInterval(timer);
}

type Flags = { readonly once: boolean; readonly json: boolean; readonly nodes: number };

function flags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      nodes: { type: 'string', default: '3' },
    },
  });
  if (values.json && !values.once) throw new Error('--json goes with --once');
  return { once: values.once, json: values.json, nodes: Number(values.nodes) };
}

try {
  // After Ctrl-C a step may still be waiting for something: nothing is worth waiting for now.
  process.exit(await main());
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}
