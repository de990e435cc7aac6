import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts. */
export type Certificate = { readonly certificate: string; readonly key: string };

/** Signs certificates for tests: a CA of its own, EC P-256. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'fairlead-ca-'));
  /** What the others trust. */
  readonly certificate: string;

  constructor(name = 'test CA') {
    const files = ['-keyout', this.#path('ca.key'), '-out', this.#path('ca.crt')];
    openssl('req', '-x509', ...newKey, '-subj', `/CN=${name}`, '-days', '3650', ...files);
    this.certificate = this.#read('ca.crt');
  }

  /** A certificate for names (DNS or IP), the first of which is its common name. */
  issue(names: readonly string[], days = 90): Certificate {
    const file = `${names[0]}`.replaceAll(/[^a-z0-9.-]/g, '_');
    const alternatives = names.map((name) =>
      /^[0-9.]+$|:/.test(name) ? `IP:${name}` : `DNS:${name}`,
    );
    const files = ['-keyout', this.#path(`${file}.key`), '-out', this.#path(`${file}.csr`)];
    openssl('req', ...newKey, '-subj', `/CN=${names[0]}`, ...files);
    writeFileSync(this.#path('extensions'), `subjectAltName=${alternatives.join(',')}\n`);
    openssl(
      ...['x509', '-req', '-in', this.#path(`${file}.csr`), '-days', `${days}`],
      ...['-CA', this.#path('ca.crt'), '-CAkey', this.#path('ca.key'), '-CAcreateserial'],
      ...['-extfile', this.#path('extensions'), '-out', this.#path(`${file}.crt`)],
    );
    return { certificate: this.#read(`${file}.crt`), key: this.#read(`${file}.key`) };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #read(name: string): string {
    return readFileSync(this.#path(name), 'utf8');
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(...words: string[]): void {
  execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
