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

/** The part of what was left by which the heap may grow: a large one takes longer to collect. */
const grownPart = 1 / 6;

/** Who grew by so many times that had a burst, and will not need the pages again soon. */
const burstFactor = 1.6;

/** Nor will who did not need them for so long. */
const quietMilliseconds = 5_000;

/**
 * What collects garbage when it is called and the heap has grown since it did: V8 by itself lets a
 * heap grow to twice its size, and keeps the pages (docs/performance.md). After a burst and in
 * quiet times they go back to the kernel as well, and in quiet times also what was only taken from
 * it: one look needs thrice the pages of what it leaves. Tens of milliseconds, all in the call. A
 * heap that grew by less than `grownMebibytesMin` is left to V8.
 */
export function garbageCollector(grownMebibytesMin: number): () => void {
  setFlagsFromString('--expose-gc');
  const collect: NodeJS.GCFunction = runInNewContext('gc');
  let left = { usedBytes: 0, takenBytes: 0, sinceMs: Number.NEGATIVE_INFINITY };
  return () => {
    const heap = heapBytes();
    const grownBytes = heap.usedBytes - left.usedBytes;
    const boundBytes = Math.max(grownMebibytesMin * 2 ** 20, left.usedBytes * grownPart);
    const isQuiet = performance.now() - left.sinceMs > quietMilliseconds;
    const isSpread = isQuiet && heap.takenBytes - left.takenBytes >= boundBytes;
    if (grownBytes < boundBytes && !isSpread) return;
    const isBurst = grownBytes > boundBytes * burstFactor;
    const flavor = isQuiet || isBurst ? 'last-resort' : 'regular';
    collect({ type: 'major', execution: 'sync', flavor });
    left = { ...heapBytes(), sinceMs: performance.now() };
  };
}

function heapBytes() {
  const { used_heap_size: usedBytes, total_heap_size: takenBytes } = getHeapStatistics();
  return { usedBytes, takenBytes };
}
