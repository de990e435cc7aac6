import type { Dispatcher, WebSocket } from 'undici';

/** Where a WebSocket goes, and as whom. */
export type WebSocketTarget = {
  /** `https://server/path?query`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
  readonly protocol: string;
  readonly signal: AbortSignal;
};

/** Opens a WebSocket; rejects when the server does not take it, or when the signal ends it. */
export async function openWebSocket(target: WebSocketTarget): Promise<WebSocket> {
  const { url, protocol, signal, ...options } = target;
  // Of all programs only the command line ever opens one: no pod shall have it in memory.
  const parts = await import('undici/lib/web/websocket/websocket.js');
  const socket = new parts.WebSocket(url.replace(/^http/, 'ws'), {
    protocols: protocol,
    ...options,
  });
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    // One that is being opened cannot be cut in another way.
    signal.addEventListener('abort', () => socket.close());
    socket.addEventListener('open', () => resolve(socket));
    socket.addEventListener('error', ({ error }) => reject(error ?? new Error('refused')));
    socket.addEventListener('close', ({ reason }) => reject(new Error(reason || 'closed')));
  });
}
