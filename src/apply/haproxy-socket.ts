import { connect } from 'node:net';

/** Reply of `show servers state`: about 120 B × 20,000 servers, doubled, rounded up. */
export const replyBytesMax = 8 * 1024 * 1024;
/** A command that waits for connections to end waits 2 s itself; a reload parses the whole file. */
export const replyMillisecondsMax = 10_000;
/** HAProxy reads a line into one buffer of 16 kB (tune.bufsize); some of it is kept free. */
export const lineBytesMax = 12_000;

/** HAProxy's CLI did not answer: not there, closed early, too late or too long. */
export class HaproxySilent extends Error {
  readonly code = 'HAPROXY_SILENT';

  constructor(socket: string, cause: string) {
    super(`HAProxy does not answer on ${socket}: ${cause}`);
    this.name = 'HaproxySilent';
  }
}

/** The CLI of a worker or a master, one connection per call. */
export class HaproxySocket {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The whole answer to one command. Throws HaproxySilent. */
  async ask(command: string): Promise<string> {
    return await this.#exchange(`${command}\n`);
  }

  /**
   * Sends commands as one line and returns one answer per command. An error does not stop the rest
   * of the line (dataplane.md section 5), so every answer is to be judged by `complaint`.
   */
  async batch(commands: readonly string[]): Promise<string[]> {
    return splitAnswers(await this.#exchange(`${commands.join(';')}\n`));
  }

  /** Has a master load its file into a new worker; the old one serves on when it refuses. */
  async reload(): Promise<{ ok: boolean; detail: string }> {
    // `quit`: the master keeps the connection open after its answer.
    const answer = await this.#exchange('reload;quit\n');
    return { ok: answer.startsWith('Success=1'), detail: answer.trim() };
  }

  #exchange(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const connection = connect(this.#path);
      const fail = (cause: string) => {
        connection.destroy();
        reject(new HaproxySilent(this.#path, cause));
      };
      const timer = setTimeout(
        () => fail(`no end after ${replyMillisecondsMax} ms`),
        replyMillisecondsMax,
      );
      connection.on('data', (chunk) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > replyBytesMax) fail(`an answer of more than ${replyBytesMax} bytes`);
      });
      connection.once('error', (error) => fail(error.message));
      connection.once('close', () => {
        clearTimeout(timer);
        if (bytes === 0) reject(new HaproxySilent(this.#path, 'closed without an answer'));
        else resolve(Buffer.concat(chunks).toString('utf8'));
      });
      connection.write(text);
    });
  }
}

/**
 * Splits the answer to a batch: every part ends with an empty line, an empty part is that line
 * alone.
 */
export function splitAnswers(text: string): string[] {
  const answers: string[] = [];
  let rest = text;
  while (rest !== '') {
    if (rest.startsWith('\n')) {
      answers.push('');
      rest = rest.slice(1);
      continue;
    }
    const end = rest.indexOf('\n\n');
    answers.push((end < 0 ? rest : rest.slice(0, end)).trim());
    rest = end < 0 ? '' : rest.slice(end + 2);
  }
  return answers;
}

// What HAProxy 3.0 says when all is well, or already as it should be.
const contentAnswers = [
  /^$/,
  /^New server registered\.$/,
  /^Server deleted\.$/,
  /^Done\.$/,
  // A removal goes on then, and what could not be removed says so itself.
  /^Wait delay expired\.$/,
  /^All sockets are already (enabled|disabled)\.$/,
];

/** What is wrong with an answer, in HAProxy's words; undefined when nothing is. */
export function complaint(answer: string | undefined): string | undefined {
  if (answer === undefined) return 'no answer';
  return contentAnswers.some((good) => good.test(answer)) ? undefined : answer;
}
