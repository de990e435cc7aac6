import type { WebSocket } from 'undici';
import type { TlsMaterial } from './credentials.ts';

/** Where a WebSocket goes, and as whom. */
export type WebSocketTarget = {
  /** `https://server/path?query`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
  readonly protocol: string;
  readonly signal: AbortSignal;
};

/** Opens a WebSocket; rejects when the server does not take it, or when the signal ends it. */
export async function openWebSocket(target: WebSocketTarget): Promise<WebSocket> {
  const { url, headers, tls, protocol, signal } = target;
  // Of all programs only the command line ever opens one: no pod shall have it in memory.
  // A bundle gives a CommonJS module no names of its own.
  const { Agent, WebSocket } = (await import('undici')).default;
  const dispatcher = new Agent({ connect: tls, allowH2: false });
  const options = { protocols: protocol, headers, dispatcher };
  const socket = new WebSocket(url.replace(/^http/, 'ws'), options);
  socket.addEventListener('close', () => void dispatcher.destroy());
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    // One that is being opened cannot be cut in another way.
    signal.addEventListener('abort', () => socket.close());
    socket.addEventListener('open', () => resolve(socket));
    socket.addEventListener('error', ({ error }) => reject(error ?? new Error('refused')));
    socket.addEventListener('close', ({ reason }) => reject(new Error(reason || 'closed')));
  });
}
