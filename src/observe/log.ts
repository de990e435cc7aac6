import { type Logger as PinoLogger, pino } from 'pino';

/**
 * Structured logs, one JSON object a line on stdout; `event` is a stable name that dashboards may
 * rely on.
 */
export type Logger = {
  debug(event: string, data?: LogData): void;
  info(event: string, data?: LogData): void;
  warn(event: string, data?: LogData): void;
  error(event: string, data?: LogData): void;
  /** A logger that adds `data` to each line. */
  with(data: LogData): Logger;
};

/** Values of a line. Never a whole Kubernetes object: it may carry what is nobody's business. */
export type LogData = Readonly<Record<string, unknown>>;

/**
 * The process's logger. Lines are written synchronously: nothing is lost at a crash, and it
 * measured faster (ecosystem.md section 5).
 */
export function createLogger(level: string, base: LogData): Logger {
  const root = pino({
    level,
    base,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    messageKey: 'event',
  });
  return wrap(root);
}

function wrap(inner: PinoLogger): Logger {
  return {
    debug: (event, data = {}) => inner.debug(data, event),
    info: (event, data = {}) => inner.info(data, event),
    warn: (event, data = {}) => inner.warn(data, event),
    error: (event, data = {}) => inner.error(data, event),
    with: (data) => wrap(inner.child(data)),
  };
}
