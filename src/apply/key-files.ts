// Certificates and their keys, from Secrets to HAProxy.
//
//   a Secret's text is not its file's ──▶ candidate ──▶ haproxy -c ──▶ running HAProxy ──▶ file
//                                                          │ refused      │ refused
//                                                          └──────────────┴──▶ the old one stays
//
// The running HAProxy comes before the file: a run that ends in between finds the old file, and
// does the same once more. A reload or a restart reads the files. What HAProxy itself refuses rests
// for a while, so that it is not asked the same every few seconds; an error says nothing of a key.

import { readdir, rename, rm } from 'node:fs/promises';
import { messageOf } from '../lib/message-of.ts';
import { byText } from '../lib/order.ts';
import { parsePid } from '../plan/observed.ts';
import type { Outcome } from '../plan/step.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import { LineWriter } from '../render/writer.ts';
import { kindOfFile } from '../tables/key-file.ts';
import { wordsOf } from './check.ts';
import { alertsOf } from './culprit.ts';
import { isCode, readIfThere, writeAtomically } from './files.ts';
import { HaproxySilent, HaproxySocket } from './haproxy-socket.ts';
import { endOf } from './inspect-key.ts';
import { run } from './program.ts';

/**
 * What HAProxy refused is tried again after this long: what it collided with, or lacked, may be
 * another thing by then.
 */
export const refusalMilliseconds = 60_000;
/** What hangs leaves the others four fifths of the time; what fails at once is tried soon. */
const restPerAttempt = 4;

/** What a key file is to hold: PEM blocks without an empty line, as `inspectKey` made it. */
export type KeyFile = {
  readonly kind: 'certificate' | 'authority';
  readonly file: string;
  readonly text: string;
};

/** What became of the keys. */
export type KeysResult = {
  /** Files that are there, old or new: what needs others is left out. */
  readonly present: ReadonlySet<string>;
  /**
   * Texts that are not in use, by file, with what stood in the way: HAProxy's words, or an error.
   * The old file stays.
   */
  readonly refusals: Readonly<Record<string, string>>;
  /** When what the files hold ends, ms since the epoch, by file; of every file that is there. */
  readonly endsMs: Readonly<Record<string, number>>;
  readonly outcomes: readonly Outcome[];
};

type Refused = { readonly text: string; readonly sentence: string; readonly untilMs: number };
type Held = { readonly text: string; readonly endMs: number | undefined };

/** The key files of one pool. */
export class KeyFiles {
  readonly #paths: PoolPaths;
  readonly #nowMs: () => number;
  /** The files that are there since the last `install`. */
  #present = new Set<string>();
  /** What each file holds, as far as it was read or written here. */
  readonly #held = new Map<string, Held>();
  readonly #refused = new Map<string, Refused>();

  /** `nowMs` counts from anywhere, and only forward. */
  constructor(paths: PoolPaths, nowMs: () => number = () => performance.now()) {
    this.#paths = paths;
    this.#nowMs = nowMs;
  }

  /** Brings the files, and what HAProxy has loaded of them, to the texts given. */
  async install(keys: readonly KeyFile[]): Promise<KeysResult> {
    const outcomes: Outcome[] = [];
    const present = await this.#files();
    this.#present = present;
    this.#forgetRefusals(keys);
    for (const key of keys) {
      if (this.#refused.get(key.file)?.text === key.text) continue;
      if (present.has(key.file) && (await this.#hold(key.file)).text === key.text) {
        this.#refused.delete(key.file);
        continue;
      }
      const { sentence, restMs } = await this.#attempt(key, present.has(key.file));
      const step = { kind: 'install-key', file: key.file } as const;
      outcomes.push({ step, ok: sentence === undefined, detail: sentence ?? '' });
      if (sentence === undefined) this.#installed(key);
      else {
        const untilMs = this.#nowMs() + restMs;
        this.#refused.set(key.file, { text: key.text, sentence, untilMs });
      }
    }
    const refusals = [...this.#refused].map(([file, { sentence }]) => [file, sentence] as const);
    const endsMs = await this.#ends();
    return { present, refusals: Object.fromEntries(refusals), endsMs, outcomes };
  }

  /** Removes the files that nobody wants; only what HAProxy does not name may be given. */
  async keepOnly(wanted: ReadonlySet<string>): Promise<void> {
    for (const file of this.#present.difference(wanted)) {
      await rm(this.#path(file), { force: true });
      this.#present.delete(file);
      this.#held.delete(file);
    }
  }

  #forgetRefusals(keys: readonly KeyFile[]): void {
    const nowMs = this.#nowMs();
    for (const [file, { untilMs }] of this.#refused) {
      const isWanted = keys.some((key) => key.file === file);
      if (!isWanted || untilMs <= nowMs) this.#refused.delete(file);
    }
  }

  #installed({ kind, file, text }: KeyFile): void {
    this.#present.add(file);
    this.#held.set(file, { text, endMs: endOf(kind, text) });
    this.#refused.delete(file);
  }

  async #attempt(key: KeyFile, isThere: boolean): Promise<Attempt> {
    const beganMs = this.#nowMs();
    try {
      return { sentence: await this.#replace(key, isThere), restMs: refusalMilliseconds };
    } catch (error) {
      const tookMs = this.#nowMs() - beganMs;
      return { sentence: messageOf(error), restMs: restPerAttempt * tookMs };
    }
  }

  /** What HAProxy says against it. Throws whatever else stands in the way. */
  async #replace(key: KeyFile, isThere: boolean): Promise<string | undefined> {
    const candidate = `${this.#path(key.file)}.candidate`;
    try {
      await writeAtomically(candidate, key.text);
      const refusal = await this.#probe(key.kind, candidate);
      if (refusal !== undefined) return refusal;
      const worker = isThere ? await this.#worker() : 0;
      const refused = worker === 0 ? undefined : await this.#commit(key);
      if (refused !== undefined) return refused;
      await rename(candidate, this.#path(key.file));
      // A worker that started in between has read the old file.
      if (worker !== 0 && (await this.#worker()) !== worker) await this.#commit(key);
      return undefined;
    } finally {
      await rm(candidate, { force: true });
    }
  }

  /** HAProxy's own word on a file, before anything depends on it. */
  async #probe(kind: KeyFile['kind'], candidate: string): Promise<string | undefined> {
    const w = new LineWriter();
    w.section(['defaults'], () => {
      for (const timeout of ['connect', 'client', 'server']) w.line('timeout', timeout, '1s');
    });
    w.section(['listen', 'probe'], () => {
      const end = '127.0.0.1:1';
      w.line('bind', end, ...(kind === 'certificate' ? ['ssl', 'crt', candidate] : []));
      if (kind === 'certificate') return;
      w.line('server', 'probe', end, 'ssl', 'verify', 'required', 'ca-file', candidate);
    });
    const configuration = `${this.#paths.haproxyDirectory}/probe.cfg`;
    await writeAtomically(configuration, w.text());
    const ended = await run('haproxy', ['-c', '-f', configuration]);
    await rm(configuration, { force: true });
    if (ended.status === 0) return undefined;
    // It did not start, or was ended before it had judged.
    if (ended.status < 0) throw new Error(`haproxy -c did not end by itself: ${wordsOf(ended)}`);
    return sentenceOf(wordsOf(ended)).replaceAll(candidate, 'the Secret');
  }

  /** Has the running HAProxy take it; new connections get it at once. */
  async #commit({ kind, file, text }: KeyFile): Promise<string | undefined> {
    const store = `ssl ${kind === 'certificate' ? 'cert' : 'ca-file'}`;
    const what = `${store} ${this.#path(file)}`;
    const socket = new HaproxySocket(this.#paths.haproxySocket);
    const offer = () => socket.ask(`set ${what} <<\n${text}`);
    const answer = await offer();
    const open = openTransaction.exec(answer)?.[1];
    if (open !== undefined) await socket.ask(`abort ${store} ${open}`);
    const set = open === undefined ? answer : await offer();
    if (unreferenced.test(set)) return undefined;
    const committed = await socket.ask(`commit ${what}`);
    if (/Success/.test(committed)) return undefined;
    await socket.ask(`abort ${what}`);
    return `${set.trim()} ${committed.trim()}`;
  }

  /** The process that serves now; 0 while none answers: it will read the files. */
  async #worker(): Promise<number> {
    try {
      return parsePid(await new HaproxySocket(this.#paths.haproxySocket).ask('show info'));
    } catch (error) {
      if (error instanceof HaproxySilent) return 0;
      throw error;
    }
  }

  async #hold(file: string): Promise<Held> {
    const known = this.#held.get(file);
    if (known !== undefined) return known;
    const text = await readIfThere(this.#path(file));
    const held = { text, endMs: endOf(kindOfFile(file), text) };
    this.#held.set(file, held);
    return held;
  }

  // Also of those whose Secrets cannot be read: HAProxy serves what the file holds.
  async #ends(): Promise<Record<string, number>> {
    const ends: Record<string, number> = {};
    for (const file of [...this.#present].toSorted(byText)) {
      const { endMs } = await this.#hold(file);
      if (endMs !== undefined) ends[file] = endMs;
    }
    return ends;
  }

  async #files(): Promise<Set<string>> {
    try {
      const names = await readdir(this.#paths.keyDirectory);
      return new Set(names.filter((name) => name.endsWith('.pem')));
    } catch (error) {
      if (isCode(error, 'ENOENT')) return new Set();
      throw error;
    }
  }

  #path(file: string): string {
    return `${this.#paths.keyDirectory}/${file}`;
  }
}

/** What came of one text: what HAProxy or an error says, and how long it is left alone for that. */
type Attempt = { readonly sentence: string | undefined; readonly restMs: number };

/**
 * One at a time is changed. Who began it has died: this is the only agent of its pool, and it ends
 * what it begins.
 */
const openTransaction = /ongoing transaction is about '([^']+)'/;

/** A file that no frontend of the running HAProxy has: the reload that brings one reads it. */
const unreferenced = /not referenced|can't replace a certificate|No such/i;

/** Of all that is said the sentence that names what is wrong. */
function sentenceOf(words: string): string {
  const [alert = words] = alertsOf(words);
  return alert.split(' : ').at(-1) ?? alert;
}
