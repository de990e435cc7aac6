// HAProxy 3.0 cannot ask grpc.health.v1.Health itself: the body of an HTTP check ends at its first
// zero byte, and every gRPC message begins with some. So the whole conversation is sent as bytes,
// which never depend on what the pod says: connection preface, SETTINGS, HEADERS, DATA.

/** What is asked: of which service (empty: the server as a whole), and how. */
export type GrpcQuestion = {
  readonly service: string;
  readonly host: string;
  readonly isTls: boolean;
};

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** RFC 9113 section 6. */
const frames = { data: 0, headers: 1, settings: 4 } as const;
const endStream = 1;
const endHeaders = 4;
/** RFC 7541 appendix A: fields of the static table that are sent as their number. */
const indexed = { post: 0x83, http: 0x86, https: 0x87 } as const;
/** The same, of names whose values follow. */
const named = { authority: 1, path: 4, contentType: 31 } as const;

/**
 * The bytes of one grpc.health.v1.Health/Check call over HTTP/2, in hexadecimal (RFC 9113,
 * RFC 7541, gRPC over HTTP/2). Texts have at most 127 bytes of ASCII.
 */
export function grpcQuestion({ service, host, isTls }: GrpcQuestion): string {
  const fields = [
    ...[indexed.post, isTls ? indexed.https : indexed.http],
    ...field(named.path, '/grpc.health.v1.Health/Check'),
    ...field(named.authority, host),
    ...field(named.contentType, 'application/grpc'),
    ...[0, ...text('te'), ...text('trailers')],
  ];
  return hexadecimal([
    ...bytesOf(preface),
    ...frame({ type: frames.settings, flags: 0, stream: 0 }, []),
    ...frame({ type: frames.headers, flags: endHeaders, stream: 1 }, fields),
    ...frame({ type: frames.data, flags: endStream, stream: 1 }, message(service)),
  ]);
}

/** HealthCheckRequest: field 1 is the name of the service. */
function message(service: string): readonly number[] {
  const body = service === '' ? [] : [0x0a, ...text(service)];
  return [0, ...big(body.length, 4), ...body];
}

/** A header that goes into no table (RFC 7541 section 6.2.2). */
function field(name: number, value: string): readonly number[] {
  // Numbers above 14 do not fit in the four bits and go on in the next byte (section 5.1).
  const prefix = name < 15 ? [name] : [15, name - 15];
  return [...prefix, ...text(value)];
}

function text(value: string): readonly number[] {
  return [value.length, ...bytesOf(value)];
}

function frame(
  of: { readonly type: number; readonly flags: number; readonly stream: number },
  payload: readonly number[],
): readonly number[] {
  return [...big(payload.length, 3), of.type, of.flags, ...big(of.stream, 4), ...payload];
}

function big(value: number, bytes: number): readonly number[] {
  return Array.from({ length: bytes }, (_, at) => (value >>> (8 * (bytes - 1 - at))) & 0xff);
}

function bytesOf(value: string): readonly number[] {
  return [...value].map((letter) => letter.charCodeAt(0));
}

function hexadecimal(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
