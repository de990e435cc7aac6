import { Agent, request } from 'undici';
import type { ApiAnswer, ApiServer } from './server.ts';

export type ApiCall = {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  /** A bearer token; the administrator's if left out. */
  readonly token?: string;
  readonly contentType?: string;
  readonly accept?: string;
};

/**
 * One call with any token and content type; resolves with status and parsed body, never throws on
 * 4xx.
 */
export async function apiCall(api: ApiServer, call: ApiCall): Promise<ApiAnswer> {
  const dispatcher = new Agent({ connect: { ca: api.ca } });
  try {
    const answer = await request(`${api.url}${call.path}`, {
      method: (call.method ?? 'GET') as 'GET',
      dispatcher,
      headers: {
        authorization: `Bearer ${call.token ?? api.token()}`,
        accept: call.accept ?? 'application/json',
        'content-type': call.contentType ?? 'application/json',
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    return { status: answer.statusCode, body: JSON.parse(await answer.body.text()) };
  } finally {
    await dispatcher.destroy();
  }
}
