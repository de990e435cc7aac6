import { assert } from '../lib/assert.ts';

/** Text in HAProxy's own language, written in this source. */
export type Expression = { readonly text: string };

/** The only way to make one: a literal, so nothing from outside can be in it but a number. */
export function literal(strings: TemplateStringsArray, ...numbers: readonly number[]): Expression {
  return { text: String.raw(strings, ...numbers) };
}

/**
 * Writes configuration lines. It owns the indentation and refuses every character with which a
 * value could end its word, start a comment or open a quoted text: a tenant's input that got this
 * far by mistake ends here, loudly.
 */
export class LineWriter {
  #lines: string[] = [];
  #depth = 0;

  /** One line of single words. */
  line(...words: readonly (string | number)[]): void {
    this.#push(words.map(checkedWord).join(' '));
  }

  /** A line whose last argument is quoted because it holds several words. */
  quoted(words: string | readonly (string | number)[], argument: readonly string[]): void {
    const before = [words].flat().map(checkedWord).join(' ');
    this.#push(`${before} "${argument.map(checkedWord).join(' ')}"`);
  }

  /** A line that ends with an expression of HAProxy's, which no value of a user is part of. */
  expression(words: readonly (string | number)[], ...parts: readonly Expression[]): void {
    const text = parts.map((part) => part.text).join(' ');
    this.#push(`${words.map(checkedWord).join(' ')} ${text}`);
  }

  /** Why the next line is as it is; read by people at night. */
  comment(text: string): void {
    assert(/^[\x20-\x7e]+$/.test(text), 'a comment is one line of printable text', { text });
    this.#push(`# ${text}`);
  }

  /** A section in HAProxy's way: a heading, then indented lines. */
  section(heading: readonly string[], body: () => void): void {
    this.line(...heading);
    this.#indented(body);
  }

  /** A section in braces, as Keepalived and nft have it. */
  block(heading: readonly (string | number)[], body: () => void): void {
    this.#push(`${heading.map(checkedWord).join(' ')} {`);
    this.#indented(body);
    this.#push('}');
  }

  /** Everything written, with one final newline. */
  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #indented(body: () => void): void {
    this.#depth += 1;
    body();
    this.#depth -= 1;
  }

  #push(text: string): void {
    this.#lines.push('  '.repeat(this.#depth) + text);
  }
}

// Braces, '!' and '!=' mean something to the daemons only as words of their own; that is how we
// write them.
const syntaxWords = new Set(['{', '}', '!=']);
const plainWord = /^[A-Za-z0-9_.,:;/@()[\]*=-]+$/;

function checkedWord(word: string | number): string {
  const text = String(word);
  const good = syntaxWords.has(text) || plainWord.test(text);
  assert(good, 'a word of a configuration file holds a character that is refused', { word: text });
  return text;
}
