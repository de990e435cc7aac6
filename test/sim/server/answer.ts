import type { StatusCause } from '../../../src/kube/kube-error.ts';

/** What the API server says to a request that is no watch. */
export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterSeconds?: number;
};

type Refusal = {
  readonly reason: string;
  readonly message: string;
  readonly causes?: readonly StatusCause[];
};

/** A refusal as a Status object (apimachinery, metav1.Status). */
export function refusal(status: number, { reason, message, causes }: Refusal): Answer {
  const details = causes === undefined ? {} : { details: { causes } };
  return {
    status,
    body: {
      ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' },
      ...{ message, reason, code: status, ...details },
    },
  };
}

export function notFound(what: string): Answer {
  return refusal(404, { reason: 'NotFound', message: `${what} not found` });
}

export function conflict(message: string): Answer {
  return refusal(409, { reason: 'Conflict', message });
}

export function alreadyExists(what: string): Answer {
  return refusal(409, { reason: 'AlreadyExists', message: `${what} already exists` });
}

export function badRequest(message: string): Answer {
  return refusal(400, { reason: 'BadRequest', message });
}

export function expired(message: string): Answer {
  return refusal(410, { reason: 'Expired', message });
}

/** Field errors; all of them, as the API server does. */
export function invalid(what: string, causes: readonly StatusCause[]): Answer {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const message = `${what} is invalid: ${texts.join(', ')}`;
  return refusal(422, { reason: 'Invalid', message, causes });
}
