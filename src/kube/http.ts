/** One request to one server; everything about connections is behind `HttpConnections`. */
export type HttpRequest = {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request, and the answer's body as long as it comes. */
  readonly signal: AbortSignal;
};

export type HttpAnswer = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: HttpBody;
};

/** Bytes as they come. Read to the end or destroyed, or its connection is never free again. */
export type HttpBody = AsyncIterable<Uint8Array> & {
  /** Cuts the connection, if the end has not come; whoever reads gets an error. */
  readonly destroy: () => void;
};

/** A set of kept connections to any number of servers. */
export type HttpConnections = {
  /** Resolves with the headers. Rejects when the connection or the signal ends first. */
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>;
  /** Lets what runs end by itself, and keeps no connection after it. */
  readonly retire: () => void;
  /** Cuts everything now. */
  readonly destroy: () => void;
};

/** A whole body as text (RFC 8259: UTF-8); rejects when it is larger. */
export async function bodyText(
  body: AsyncIterable<Uint8Array>,
  bytesMax: number,
  tooLarge = () => new Error(`an answer of more than ${bytesMax} bytes`),
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop destroys the body.
    if (bytes > bytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
