import { setFlagsFromString } from 'node:v8';

/**
 * V8 without its optimising compilers: they take tens of mebibytes in a controller, and make it no
 * faster (docs/performance.md); an agent they do. NODE_OPTIONS does not take these.
 */
const settings = ['--no-opt', '--no-maglev'];

/** To be called first: what is compiled already stays. */
export function settleForLittleMemory(): void {
  for (const setting of settings) setFlagsFromString(setting);
}
