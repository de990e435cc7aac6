/**
 * What can go wrong with a call. Stable codes.
 * `Network`: no answer, and the request may or may not have been done. `Timeout`: the same, after
 * the request's time limit. `Aborted`: the caller's signal. `Server`: any other status.
 */
export type KubeErrorCode =
  | 'NotFound'
  | 'Conflict'
  | 'Gone'
  | 'TooMany'
  | 'Invalid'
  | 'Forbidden'
  | 'Unauthorized'
  | 'Network'
  | 'Timeout'
  | 'Aborted'
  | 'Server';

/** One field the API server refused, as in Status.details.causes. */
export type StatusCause = { readonly field: string; readonly message: string };

type KubeErrorData = {
  readonly code: KubeErrorCode;
  readonly message: string;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly causes?: readonly StatusCause[];
  readonly cause?: unknown;
};

/** A call that did not succeed; `message` names method, path and what the server said. */
export class KubeError extends Error {
  readonly code: KubeErrorCode;
  /** HTTP status, or undefined when there was no answer. */
  readonly status: number | undefined;
  /** The Status object's reason, e.g. `AlreadyExists`. */
  readonly reason: string | undefined;
  /** How long the server asked to be left alone; at most `retryAfterMsMax`. */
  readonly retryAfterMs: number | undefined;
  readonly causes: readonly StatusCause[];

  constructor(data: KubeErrorData) {
    super(data.message, { cause: data.cause });
    this.name = 'KubeError';
    this.code = data.code;
    this.status = data.status;
    this.reason = data.reason;
    this.retryAfterMs = data.retryAfterMs;
    this.causes = data.causes ?? [];
  }
}

/** A server (or what stands in its place) cannot silence us for longer than this. */
export const retryAfterMsMax = 300_000;

const codesByStatus: Readonly<Record<number, KubeErrorCode>> = {
  400: 'Invalid',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooMany',
  504: 'Timeout',
};

/** An answer that is not a success, as far as an error needs it. */
export type FailedAnswer = {
  /** e.g. `GET /api/v1/services` */
  readonly call: string;
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: string | undefined;
};

/** Reads a Status object; a body that is none (a proxy's page) is quoted, shortened. */
export function errorOfAnswer(answer: FailedAnswer): KubeError {
  const status = parseStatus(answer.body);
  const said = status?.message ?? answer.body.slice(0, 200);
  return new KubeError({
    code: codesByStatus[answer.status] ?? 'Server',
    status: answer.status,
    reason: status?.reason,
    message: `${answer.call}: ${answer.status} ${said}`,
    retryAfterMs: parseRetryAfter(answer.retryAfter) ?? secondsToMs(status?.retryAfterSeconds),
    causes: status?.causes ?? [],
  });
}

/** The error behind a watch's ERROR event, whose object is a Status. */
export function errorOfStatusObject(call: string, object: unknown): KubeError {
  const code = typeof object === 'object' && object !== null && 'code' in object ? object.code : 0;
  const status = typeof code === 'number' ? code : 0;
  return errorOfAnswer({ call, status, body: JSON.stringify(object) ?? '' });
}

/** Whole seconds only: the API server sends no dates. */
export function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,9}$/.test(header)) return undefined;
  return secondsToMs(Number(header));
}

function secondsToMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.min(seconds * 1000, retryAfterMsMax);
}

type Status = {
  readonly message: string | undefined;
  readonly reason: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly causes: readonly StatusCause[];
};

function parseStatus(body: string): Status | undefined {
  let value: { [field: string]: unknown };
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (value?.['kind'] !== 'Status') return undefined;
  const details = (value['details'] ?? {}) as { [field: string]: unknown };
  const causes = Array.isArray(details['causes']) ? details['causes'] : [];
  return {
    message: textOr(value['message']),
    reason: textOr(value['reason']),
    retryAfterSeconds:
      typeof details['retryAfterSeconds'] === 'number' ? details['retryAfterSeconds'] : undefined,
    causes: causes.map((cause) => ({
      field: textOr(cause?.field) ?? '',
      message: textOr(cause?.message) ?? '',
    })),
  };
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
