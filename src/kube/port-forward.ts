// One exchange with a port of a pod's own loopback, through the API server and the kubelet, as
// `kubectl port-forward` has it. In the older of its two forms, which needs no second protocol
// inside of the first (k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go): each message is
// a byte that names a channel, and bytes. Channel 0 has the data, channel 1 says what went wrong;
// the first message of each names the port in two bytes.

import { apiPath, resources } from './api-path.ts';
import type { KubeClient } from './client.ts';
import { KubeError } from './kube-error.ts';

const protocol = 'v4.channel.k8s.io';
const dataChannel = 0;
const portBytes = 2;
const exchangeTimeoutMs = 15_000;

/** What is asked of which pod's port. */
export type PortRequest = {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
  readonly text: string;
  /** Bytes of the whole answer, once its beginning tells; an end of the connection ends it too. */
  readonly sizeOf: (beginning: Buffer) => number | undefined;
  readonly bytesMax: number;
};

/** Sends a text to a port of a pod and answers what came back. Rejects with KubeError. */
export async function askPort(client: KubeClient, request: PortRequest): Promise<string> {
  const { namespace, pod, port } = request;
  const path = `${apiPath(resources.pods, { namespace, name: pod })}/portforward`;
  const call = `port ${port} of pod ${pod}`;
  const socket = await client.webSocket({ path, query: { ports: port } }, protocol);
  const failed = (message: string, code: 'Network' | 'Timeout' = 'Network') =>
    new KubeError({ code, message: `${call}: ${message}` });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => reject(failed('no answer', 'Timeout')), exchangeTimeoutMs);
  const seen = new Set<number>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let size: number | undefined;
  socket.addEventListener('message', ({ data }) => {
    const message = Buffer.from(data as ArrayBuffer);
    const channel = message[0] ?? -1;
    const rest = message.subarray(1 + (seen.has(channel) ? 0 : portBytes));
    seen.add(channel);
    if (rest.length === 0) return;
    if (channel !== dataChannel) return reject(failed(rest.toString('utf8').trim()));
    chunks.push(rest);
    bytes += rest.length;
    if (bytes > request.bytesMax) reject(failed(`more than ${request.bytesMax} bytes`));
    size ??= request.sizeOf(Buffer.concat(chunks));
    if (size !== undefined && bytes >= size) resolve(Buffer.concat(chunks).toString('utf8'));
  });
  socket.addEventListener('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  socket.addEventListener('error', () => reject(failed('the connection was lost')));
  try {
    socket.send(Buffer.concat([Buffer.from([dataChannel]), Buffer.from(request.text)]));
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}
