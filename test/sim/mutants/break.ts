/**
 * Loaded before the simulator (`node --import`): replaces one text of one source as it is read. The
 * process ends when the text is not there exactly once, for then the mutant tests nothing.
 */
import { registerHooks } from 'node:module';
import { mutants } from './mutants.ts';

const mutant = mutants[process.env['FAIRLEAD_MUTANT'] ?? ''];
if (mutant === undefined) throw new Error('FAIRLEAD_MUTANT names no mutant');
const { in: file, text, becomes } = mutant;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/src/${file}`)) return loaded;
    const source = String(loaded.source);
    if (source.split(text).length !== 2) throw new Error(`${file}: the text is not there once`);
    return { ...loaded, source: source.replace(text, () => becomes) };
  },
});
