import type { Logger } from '../observe/log.ts';
import { sourceStack } from '../observe/source-stack.ts';

/**
 * A clean end takes milliseconds; what takes this long hangs, and the pod's grace period is not for
 * that.
 */
const endMilliseconds = 8_000;

/**
 * Ends the process in order at SIGTERM and SIGINT, and at once, with a non-zero status, at an error
 * nobody caught.
 */
export function onSignals(log: Logger, stop: () => Promise<void>): void {
  const end = (signal: string) => {
    log.info('stopping', { signal });
    setTimeout(() => process.exit(1), endMilliseconds).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('stop-failed', { error: String(error) });
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', () => end('SIGTERM'));
  process.once('SIGINT', () => end('SIGINT'));
  for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
    process.once(kind, (error: unknown) => {
      log.error('uncaught', {
        kind,
        error: error instanceof Error ? sourceStack(error.stack ?? '') : String(error),
      });
      process.exit(1);
    });
  }
}
