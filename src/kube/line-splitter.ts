/**
 * Cuts a byte stream into lines. Bytes are decoded only at a line's end, so that a character split
 * over two chunks survives. `linesOf` throws a RangeError on a line longer than `lineBytesMax`.
 */
export class LineSplitter {
  readonly #lineBytesMax: number;
  readonly #decoder = new TextDecoder();
  #parts: Uint8Array[] = [];
  #partBytes = 0;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** The lines that this chunk completes, without their newline; empty lines are left out. */
  linesOf(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#keep(chunk.subarray(start, end));
      const line = this.#take();
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** True while a line has begun and not ended: the stream was cut if it ends now. */
  get isInsideLine(): boolean {
    return this.#partBytes > 0;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#partBytes += part.length;
    if (this.#partBytes > this.#lineBytesMax) {
      throw new RangeError(`a line is longer than ${this.#lineBytesMax} bytes`);
    }
    this.#parts.push(part);
  }

  #take(): string {
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
    return this.#decoder.decode(bytes);
  }
}
