// Certificates and their keys, from Secrets to HAProxy.
//
//   a Secret's text is not its file's ──▶ candidate ──▶ haproxy -c ──▶ running HAProxy ──▶ file
//                                                          │ refused      │ refused
//                                                          └──────────────┴──▶ the old one stays
//
// The running HAProxy comes before the file: a run that ends in between finds the old file, and
// does the same once more. A reload or a restart reads the files.

import { readdir, rename, rm } from 'node:fs/promises';
import { messageOf } from '../lib/message-of.ts';
import { parsePid } from '../plan/observed.ts';
import type { Outcome } from '../plan/step.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import { LineWriter } from '../render/writer.ts';
import { checkHaproxy } from './check.ts';
import { alertsOf } from './culprit.ts';
import { isCode, readIfThere, writeAtomically } from './files.ts';
import { HaproxySilent, HaproxySocket } from './haproxy-socket.ts';

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
  /** Texts that HAProxy does not take, by file, in its words; the old file stays. */
  readonly refusals: Readonly<Record<string, string>>;
  readonly outcomes: readonly Outcome[];
};

/** The key files of one pool. */
export class KeyFiles {
  readonly #paths: PoolPaths;
  /** The files that are there since the last `install`. */
  #present = new Set<string>();
  /** What each file holds, as far as it was read or written here. */
  readonly #texts = new Map<string, string>();
  readonly #refused = new Map<string, { readonly text: string; readonly sentence: string }>();

  constructor(paths: PoolPaths) {
    this.#paths = paths;
  }

  /** Brings the files, and what HAProxy has loaded of them, to the texts given. */
  async install(keys: readonly KeyFile[]): Promise<KeysResult> {
    const outcomes: Outcome[] = [];
    const present = await this.#files();
    this.#present = present;
    for (const file of this.#refused.keys()) {
      if (!keys.some((key) => key.file === file)) this.#refused.delete(file);
    }
    for (const key of keys) {
      if (this.#refused.get(key.file)?.text === key.text) continue;
      if (present.has(key.file) && (await this.#text(key.file)) === key.text) {
        this.#refused.delete(key.file);
        continue;
      }
      const sentence = await this.#replace(key, present.has(key.file)).catch(messageOf);
      const step = { kind: 'install-key', file: key.file } as const;
      outcomes.push({ step, ok: sentence === undefined, detail: sentence ?? '' });
      if (sentence === undefined) present.add(key.file);
      this.#remember(key, sentence);
    }
    const refusals = [...this.#refused].map(([file, { sentence }]) => [file, sentence] as const);
    return { present, refusals: Object.fromEntries(refusals), outcomes };
  }

  /** Removes the files that nobody wants; only what HAProxy does not name may be given. */
  async keepOnly(wanted: ReadonlySet<string>): Promise<void> {
    for (const file of this.#present.difference(wanted)) {
      await rm(this.#path(file), { force: true });
      this.#present.delete(file);
      this.#texts.delete(file);
    }
  }

  #remember({ file, text }: KeyFile, sentence: string | undefined): void {
    if (sentence === undefined) this.#texts.set(file, text);
    if (sentence === undefined) this.#refused.delete(file);
    else this.#refused.set(file, { text, sentence });
  }

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
    const words = await checkHaproxy(configuration);
    await rm(configuration, { force: true });
    return words === undefined ? undefined : sentenceOf(words).replaceAll(candidate, 'the Secret');
  }

  /** Has the running HAProxy take it; new connections get it at once. */
  async #commit({ kind, file, text }: KeyFile): Promise<string | undefined> {
    const what = `ssl ${kind === 'certificate' ? 'cert' : 'ca-file'} ${this.#path(file)}`;
    const socket = new HaproxySocket(this.#paths.haproxySocket);
    const set = await socket.ask(`set ${what} <<\n${text}`);
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

  async #text(file: string): Promise<string> {
    const known = this.#texts.get(file);
    if (known !== undefined) return known;
    const text = await readIfThere(this.#path(file));
    this.#texts.set(file, text);
    return text;
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

/** A file that no frontend of the running HAProxy has: the reload that brings one reads it. */
const unreferenced = /not referenced|can't replace a certificate|No such/i;

/** Of all that is said the sentence that names what is wrong. */
function sentenceOf(words: string): string {
  const [alert = words] = alertsOf(words);
  return alert.split(' : ').at(-1) ?? alert;
}
