// Certificates and their keys, from Secrets to HAProxy.
//
//   a Secret's text is not its file's ──▶ candidate ──▶ haproxy -c ──▶ running HAProxy ──▶ file
//                                                          │ refused      │ cannot      ▲
//                                    the old one stays ◀───┤              ▼             │
//                                                          └─── haproxy -c of it all ───┴─▶ reload
//
// The running HAProxy comes before the file: a run that ends in between finds the old file, and
// does the same once more. A reload or a restart reads the files. What HAProxy itself refuses rests
// for a while, so that it is not asked the same every few seconds; an error says nothing of a key.
//
// HAProxy 3.0.11 cannot take each text while it runs, and of two that it cannot it says Success:
// * After `commit ssl ca-file` the ports with that CA are in no list of their certificates. The
//   next `commit ssl cert` passes them over, and frees what they still point to; the next CA reads
//   that.
// * Servers have the CA that they were made with.

import { readdir, rename, rm } from 'node:fs/promises';
import { messageOf } from '../lib/message-of.ts';
import { byText } from '../lib/order.ts';
import { keyUsers } from '../plan/key-users.ts';
import type { Outcome } from '../plan/step.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import { LineWriter } from '../render/writer.ts';
import { kindOfFile } from '../tables/key-file.ts';
import { refusalMilliseconds } from '../tables/limits.ts';
import { wordsOf } from './check.ts';
import { alertsOf } from './culprit.ts';
import { isCode, readIfThere, writeAtomically } from './files.ts';
import { HaproxySocket } from './haproxy-socket.ts';
import { endOf } from './inspect-key.ts';
import { run } from './program.ts';
import { WorkerKeys } from './worker-keys.ts';

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
  readonly #loaded: WorkerKeys;

  /** `nowMs` counts from anywhere, and only forward. */
  constructor(paths: PoolPaths, nowMs: () => number = () => performance.now()) {
    this.#paths = paths;
    this.#nowMs = nowMs;
    this.#loaded = new WorkerKeys(paths);
  }

  /**
   * Files whose text the running HAProxy takes only when it is loaded anew; until then it has the
   * one before.
   */
  async waiting(): Promise<readonly string[]> {
    return await this.#loaded.waiting();
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
      const worker = isThere ? await this.#loaded.worker() : 0;
      const isTaken = worker === 0 || (await this.#isTaken(key, worker));
      const refused = isTaken ? undefined : await this.#probeAll(key.file, candidate);
      if (refused !== undefined) return refused;
      if (!isTaken) await this.#loaded.add(worker, 'waiting', key.file);
      await rename(candidate, this.#path(key.file));
      // A worker that started in between has read the old file.
      const now = worker === 0 ? 0 : await this.#loaded.worker();
      if (now !== worker && now !== 0 && !(await this.#isTaken(key, now))) {
        await this.#loaded.add(now, 'waiting', key.file);
      }
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
    return await this.#check(w.text(), candidate);
  }

  /** HAProxy's word on all that it runs with the candidate in its place: a reload reads that. */
  async #probeAll(file: string, candidate: string): Promise<string | undefined> {
    const all = await readIfThere(this.#paths.haproxyConfiguration);
    return await this.#check(all.replaceAll(this.#path(file), candidate), candidate);
  }

  async #check(text: string, candidate: string): Promise<string | undefined> {
    const configuration = `${this.#paths.haproxyDirectory}/probe.cfg`;
    await writeAtomically(configuration, text);
    const ended = await run('haproxy', ['-c', '-f', configuration]);
    await rm(configuration, { force: true });
    if (ended.status === 0) return undefined;
    // It did not start, or was ended before it had judged.
    if (ended.status < 0) throw new Error(`haproxy -c did not end by itself: ${wordsOf(ended)}`);
    return sentenceOf(wordsOf(ended)).replaceAll(candidate, 'the Secret');
  }

  /**
   * Has the running HAProxy take it, so that new connections get it at once; false where only a
   * reload brings it to all that it is for.
   */
  async #isTaken(key: KeyFile, worker: number): Promise<boolean> {
    const { replaced, waiting } = await this.#loaded.of(worker);
    if (waiting.includes(key.file)) return false;
    const configuration = await readIfThere(this.#paths.haproxyConfiguration);
    const { clientAuthorities, isOfServers } = keyUsers(configuration, this.#path(key.file));
    const isPassedOver = replaced.some((file) => clientAuthorities.includes(this.#path(file)));
    if (key.kind === 'certificate') return !isPassedOver && (await this.#commit(key));
    if (isOfServers) return false;
    await this.#loaded.add(worker, 'replaced', key.file);
    return await this.#commit(key);
  }

  async #commit({ kind, file, text }: KeyFile): Promise<boolean> {
    const store = `ssl ${kind === 'certificate' ? 'cert' : 'ca-file'}`;
    const what = `${store} ${this.#path(file)}`;
    const socket = new HaproxySocket(this.#paths.haproxySocket);
    const offer = () => socket.ask(`set ${what} <<\n${text}`);
    const answer = await offer();
    const open = openTransaction.exec(answer)?.[1];
    if (open !== undefined) await socket.ask(`abort ${store} ${open}`);
    const set = open === undefined ? answer : await offer();
    if (unreferenced.test(set)) return true;
    if (/Success/.test(await socket.ask(`commit ${what}`))) return true;
    await socket.ask(`abort ${what}`);
    return false;
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
