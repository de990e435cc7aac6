import type { RawObject } from '../kube/raw-object.ts';
import type { Instance, Pool, Service, Vip } from '../model/objects.ts';
import { parsePool } from '../model/parse-pool.ts';
import { parseInstance, parseVip } from '../model/parse-vip.ts';
import type { Subject } from '../status/status-part.ts';
import { concerningService } from './concerning-service.ts';
import { type Versioned, Written } from './written.ts';

/**
 * What this controller wrote of each kind that it decides from, and what it read beside the
 * watches, until they show it.
 */
export class OwnWrites {
  readonly services = new Written<Service>();
  readonly pools = new Written<Pool>();
  readonly vips = new Written<Vip>();
  readonly instances = new Written<Instance>();

  /** By the kind that a write names. */
  readonly #answers: Readonly<Record<string, Answers>> = {
    Service: answersOf(this.services, concerningService),
    VipPool: answersOf(this.pools, parsePool),
    Vip: answersOf(this.vips, parseVip),
    VrrpInstance: answersOf(this.instances, parseInstance),
  };

  /** Remembers the API server's answer to a write; false where it is no object of the kind. */
  stored(kind: string, answer: RawObject): boolean {
    return this.#answers[kind]?.stored(answer) === true;
  }

  /** Remembers that the object with this uid is gone. */
  removed(kind: string, { name, uid }: { readonly name: string; readonly uid: string }): void {
    this.#answers[kind]?.removed(name, uid);
  }

  /**
   * The version under which the subject may be written: the one it was read at, or the one that our
   * own writes have made of it since. Each of those was conditional, so nobody wrote in between.
   */
  versionOf({ regarding, resourceVersion }: Subject): string {
    const ours = this.#answers[regarding.kind]?.newest(regarding);
    return ours?.uid === regarding.uid ? ours.resourceVersion : resourceVersion;
  }
}

/** The answers to writes of one kind. */
type Answers = {
  readonly stored: (answer: RawObject) => boolean;
  readonly removed: (name: string, uid: string) => void;
  readonly newest: (of: Subject['regarding']) => Versioned | undefined;
};

function answersOf<T extends Versioned>(
  written: Written<T>,
  parse: (raw: RawObject) => T | undefined,
): Answers {
  return {
    stored: (answer) => {
      const object = parse(answer);
      if (object !== undefined) written.stored(object);
      return object !== undefined;
    },
    removed: (name, uid) => written.removed({ name }, uid),
    newest: (of) => written.newest(of),
  };
}
