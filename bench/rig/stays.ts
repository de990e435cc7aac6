import type { Rig, RigNode } from '../../test/dataplane/rig.ts';

/** Where inImage puts the text it is given (test/dataplane/rig.ts). */
export const givenFile = '/run/fairlead/golden';

/** Starts a daemon that ends with the rig. What it says is shown if it ends before. */
export function stays(
  rig: Rig,
  node: RigNode,
  { words, text }: { readonly words: readonly string[]; readonly text: string },
): void {
  void rig.inImage(node, words, text).then(({ status, output }) => {
    // None: it was killed with the rig.
    const code: number | null = status;
    if (code === null) return;
    process.stderr.write(`${words.join(' ')} on ${node.name} ended with ${status}:\n${output}`);
  });
}
