import type { NewObject } from './apply.ts';
import { microTime } from './micro-time.ts';

/** Which object an event is about. */
export type ObjectReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
};

/** One thing worth telling the object's owner; CamelCase reason and action. */
export type EventNote = {
  readonly regarding: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly message: string;
};

export type Reporter = {
  /** e.g. `fairlead.dev/controller` */
  readonly controller: string;
  /** e.g. the pod's name */
  readonly instance: string;
};

/** The API server refuses longer ones (events.k8s.io/v1 validation). */
const noteBytesMax = 1024;
const codeBytesMax = 128;

/** Events of cluster-scoped objects live in `default`, where kubectl looks for them. */
export function eventNamespace(note: EventNote): string {
  return note.regarding.namespace ?? 'default';
}

/** Notes with equal keys are one event with a count. */
export function eventKey(note: EventNote): string {
  const { kind, namespace = '', name, uid = '' } = note.regarding;
  return JSON.stringify([kind, namespace, name, uid, note.type, note.reason, note.message]);
}

/** The object to create; `suffix` makes its name unique. */
export function eventObject(
  note: EventNote,
  reporter: Reporter,
  at: { readonly wallMs: number; readonly suffix: string },
): NewObject {
  const namespace = eventNamespace(note);
  return {
    metadata: { name: `${note.regarding.name.slice(0, 200)}.${at.suffix}`, namespace },
    eventTime: microTime(at.wallMs),
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, codeBytesMax),
    action: note.action.slice(0, codeBytesMax),
    reason: note.reason.slice(0, codeBytesMax),
    regarding: note.regarding,
    note: shortened(note.message),
    type: note.type,
  };
}

/** What a repeat changes; the API server wants a count of at least two. */
export function eventSeries(count: number, wallMs: number): Record<string, unknown> {
  return { series: { count, lastObservedTime: microTime(wallMs) } };
}

function shortened(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= noteBytesMax) return text;
  // A character cut in two becomes one replacement character of three bytes.
  const kept = bytes.subarray(0, noteBytesMax - 6);
  return `${new TextDecoder().decode(kept).replace(/\uFFFD$/, '')}…`;
}
