/** `kubectl fairlead` as a person runs it: the real kubectl, the shipped bundle on PATH. */
import { outcomeOf } from '../command.ts';
import type { Lab } from '../lab.ts';
import { readerCommands } from '../reader.ts';
import { waitFor } from '../wait-for.ts';

/** What the two commands say about the story's objects. */
export const questions: readonly (readonly string[])[] = [['status'], ['explain', 'service/web']];

/** A cluster that has just been through the story's last step comes to rest within this time. */
const restSeconds = 90;

/** Asks until the answer is that all is well, and answers it; throws with the last one. */
export async function askUntilWell(lab: Lab, words: readonly string[]): Promise<string> {
  const path = `${await readerCommands(lab)}:${process.env['PATH'] ?? ''}`;
  // kubectl takes no flags before a plugin's name: the environment says which cluster is meant.
  const env = { PATH: path, KUBECONFIG: lab.kubeconfig };
  let answer = '';
  const what = `kubectl fairlead ${words.join(' ')} to end with status 0`;
  await waitFor({ what, boundSeconds: restSeconds, everyMs: 1_000 }, async () => {
    const asked = await outcomeOf(['kubectl', 'fairlead', ...words], { env });
    answer = asked.stdout;
    return asked.status === 0 || `status ${asked.status}: ${asked.stdout}${asked.stderr}`;
  });
  return answer;
}
