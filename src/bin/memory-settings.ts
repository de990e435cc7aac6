import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * V8 without its optimising compilers: they take tens of mebibytes in a controller, and make it no
 * faster (docs/performance.md); an agent they do. NODE_OPTIONS does not take these.
 */
const settings = ['--no-opt', '--no-maglev'];

/** To be called first: what is compiled already stays. */
export function settleForLittleMemory(): void {
  for (const setting of settings) setFlagsFromString(setting);
}

/** A heap that grew by less is left to V8. */
const grownBytesMin = 6 * 2 ** 20;

/** The part of what was left by which the heap may grow: a large one takes longer to collect. */
const grownPart = 1 / 6;

/** Who grew by so many times that had a burst: the pages are not needed again soon. */
const burstFactor = 1.6;

/**
 * What collects garbage when it is called and the heap has grown since it did: V8 by itself lets a
 * heap grow to twice its size, and keeps the pages (docs/performance.md). After a burst they go
 * back to the kernel as well. Tens of milliseconds for 5,000 Services, all in the call.
 */
export function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: NodeJS.GCFunction = runInNewContext('gc');
  let leftBytes = 0;
  return () => {
    const grownBytes = usedBytes() - leftBytes;
    const boundBytes = Math.max(grownBytesMin, leftBytes * grownPart);
    if (grownBytes < boundBytes) return;
    const isBurst = grownBytes > boundBytes * burstFactor;
    const flavor = isBurst ? 'last-resort' : 'regular';
    collect({ type: 'major', execution: 'sync', flavor });
    leftBytes = usedBytes();
  };
}

function usedBytes(): number {
  return getHeapStatistics().used_heap_size;
}
