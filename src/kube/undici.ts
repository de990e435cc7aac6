/**
 * The parts of undici that every pod needs. Its index would load the others too, mocks, caches and
 * proxies: 3 MiB of every process, and one more of the runtime's pages (docs/performance.md).
 */
import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';

export { Agent };

/** Sends one request; resolves with its headers, and with a body that may still be coming. */
export function send(
  dispatcher: Dispatcher,
  options: Dispatcher.RequestOptions,
): Promise<Dispatcher.ResponseData> {
  return request.call(dispatcher, options);
}
