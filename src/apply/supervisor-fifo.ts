import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isCode } from './files.ts';

/** What a supervisor takes. */
export type SupervisorCommand = 'start' | 'reload' | 'stop';

/**
 * Gives a supervisor a command. False when nobody supervises: its container is not running, and
 * will find the files when it starts. The supervisor holds the FIFO open, so this never blocks.
 */
export async function command(fifo: string, text: SupervisorCommand): Promise<boolean> {
  return await withFifo(fifo, async (file) => {
    await file.writeFile(`${text}\n`);
  });
}

/** Whether a supervisor runs: a FIFO that nobody reads cannot be opened for writing (ENXIO). */
export async function supervised(fifo: string): Promise<boolean> {
  return await withFifo(fifo, async () => undefined);
}

type Fifo = Awaited<ReturnType<typeof open>>;

async function withFifo(path: string, use: (file: Fifo) => Promise<void>): Promise<boolean> {
  try {
    const file = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      await use(file);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (isCode(error, 'ENXIO') || isCode(error, 'ENOENT')) return false;
    throw error;
  }
}
