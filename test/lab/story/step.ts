import type { LabClient } from '../client.ts';
import type { Lab } from '../lab.ts';
import type { Say } from '../say.ts';

/** The steps of the story, in their order; the names are what `--once --json` prints. */
export type StepName =
  | 'ready'
  | 'programmed'
  | 'balanced'
  | 'pod-killed'
  | 'churn'
  | 'tls-sni'
  | 'certificate-rotated'
  | 'node-killed'
  | 'node-returned'
  | 'haproxy-killed'
  | 'affinity-survives'
  | 'cookie-survives'
  | 'client-denied'
  | 'udp-dns'
  | 'control-plane-down';

/** What a step found. Times are fields for people to judge: they never decide `ok`. */
export type StepOutcome = {
  readonly ok: boolean;
  readonly fields: Readonly<Record<string, number>>;
  /** What happened, for a person, in a few words. */
  readonly told: string;
  /** What was not as it should be; only when `ok` is false. */
  readonly why?: string;
  /** Why there was nothing to play; then `ok` says only that nothing went wrong. */
  readonly skipped?: string;
  /** It could not be played to its end: what follows would only fail as well. */
  readonly isBroken?: boolean;
};

/** Where a step plays: the cluster, and a client outside of it. */
export type Scene = { readonly lab: Lab; readonly client: LabClient; readonly say: Say };

/** One step of the story. */
export type Step = {
  readonly name: StepName;
  /** What a person is about to see. */
  readonly title: string;
  /** A cluster with fewer nodes has no other node that could answer: the step is left out. */
  readonly nodesMin: number;
  readonly play: (scene: Scene) => Promise<StepOutcome>;
};

/** A step that was played, or left out, or never reached. */
export type StepResult = StepOutcome & { readonly step: StepName; readonly title: string };

/** One line of `--once --json`. */
export function asJsonLine(result: StepResult): string {
  const { step, ok, fields, why, skipped } = result;
  // JSON leaves out what is undefined.
  return JSON.stringify({ step, ok, ...fields, skipped, why });
}

/** An outcome whose predicates are named by what is wrong when they do not hold. */
export function judged(
  fields: Readonly<Record<string, number>>,
  told: string,
  problems: Readonly<Record<string, boolean>>,
): StepOutcome {
  const wrong = Object.entries(problems)
    .filter(([, isWrong]) => isWrong)
    .map(([problem]) => problem);
  if (wrong.length === 0) return { ok: true, fields, told };
  return { ok: false, fields, told, why: wrong.join('; ') };
}
