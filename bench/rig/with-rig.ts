import { Rig } from '../../test/dataplane/rig.ts';
import { noteRig } from './own-folder.ts';

/**
 * Plays on a rig of so many nodes and takes it away afterwards, also when it fails and when the
 * process ends before. `folder` is the one of this process (own-folder.ts).
 */
export async function withRig<T>(
  of: { readonly nodes: number; readonly folder: string },
  play: (rig: Rig) => Promise<T>,
): Promise<T> {
  const rig = new Rig(of.nodes);
  noteRig(of.folder, rig.directory);
  const close = () => rig.close();
  process.once('exit', close);
  try {
    return await play(rig);
  } finally {
    process.off('exit', close);
    close();
  }
}
