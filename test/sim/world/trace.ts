import type { LogData, Logger } from '../../../src/observe/log.ts';

/** As many of the last lines as tell how a failure came about. */
const linesMax = 600;

type Line = { readonly atMs: number; readonly who: string; readonly what: string; data?: LogData };

/** What happened lately, and a fingerprint of everything: two runs of a seed must have the same. */
export class Trace {
  readonly #nowMs: () => number;
  readonly #lines: Line[] = [];
  #next = 0;
  #hash = 0x811c9dc5;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** One line; it counts for the fingerprint. */
  say(who: string, what: string, data?: LogData): void {
    const line = { atMs: this.#nowMs(), who, what, ...(data && { data }) };
    this.#lines[this.#next % linesMax] = line;
    this.#next += 1;
    this.#mix(`${line.atMs} ${who} ${what}`);
  }

  /** A process' log, as lines of this. */
  logger(who: string): Logger {
    const line = (event: string, data?: LogData): void => this.say(who, event, data);
    return {
      ...{ debug: line, info: line, warn: line, error: line },
      with: (data) => this.logger(`${who} ${JSON.stringify(data)}`),
    };
  }

  fingerprint(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** The last lines, oldest first. */
  text(): string {
    const from = Math.max(0, this.#next - linesMax);
    const lines = Array.from(
      { length: this.#next - from },
      (_, index) => this.#lines[(from + index) % linesMax],
    );
    return lines.map((line) => (line === undefined ? '' : print(line))).join('\n');
  }

  #mix(text: string): void {
    for (let index = 0; index < text.length; index += 1) {
      this.#hash = Math.imul(this.#hash ^ text.charCodeAt(index), 0x01000193);
    }
  }
}

function print({ atMs, who, what, data }: Line): string {
  const more = data === undefined ? '' : ` ${JSON.stringify(data)}`;
  return `${(atMs / 1000).toFixed(3).padStart(10)} ${who} ${what}${more}`;
}
