/** What a row of the settings says, whatever the setting is. */
type Common = {
  /** What it does, in sentences for the reference page. */
  readonly means: string;
  readonly example: string;
  /** It protects: while it cannot be read its Service stays closed (design.md section 8). */
  readonly isGuard?: true;
  /** It names things of its Service, so a pool has no default for it. */
  readonly isOwn?: true;
  /** It counts for UDP and SCTP too; all others are settings of HAProxy. */
  readonly isOfEveryPort?: true;
};

/** One of several words. */
type Choice = Common & {
  readonly kind: 'choice';
  readonly values: readonly string[];
  readonly default: string;
};

/** A whole number. */
type Count = Common & {
  readonly kind: 'count';
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly default?: number;
  /** What holds when it is left out, where that is no number. */
  readonly leftOut?: string;
  /** Left out there is no limit, so that of a pool counts for who says nothing, too. */
  readonly isUnlimited?: true;
  /** It names a port: of two none is more, so a pool has no limit for it. */
  readonly isPort?: true;
};

/** A text of a fixed shape. */
type Word = Common & {
  readonly kind: 'word';
  readonly pattern: RegExp;
  /** What is listed, where a pattern cannot see whether it is one. */
  readonly lists?: 'networks' | 'secrets';
  /** What matches the pattern, for messages and the page. */
  readonly shape: string;
  readonly leftOut: string;
};

export type SettingRow = Choice | Count | Word;

/**
 * The name of a Secret; the API server allows 253 characters, a file of the key with the name of
 * its namespace only so many.
 */
export const secretName = /^[a-z0-9]([-a-z0-9.]{0,118}[a-z0-9])?$/;

/** Several of them; their lengths are looked at one by one (RE2 counts nested repeats). */
export const secretNames = /^[a-z0-9][-a-z0-9.]*(, ?[a-z0-9][-a-z0-9.]*){0,15}$/;

/** What is listed with commas. */
export function listed(text: string): readonly string[] {
  return text.split(',').map((part) => part.trim());
}

/** Networks as their owner writes them. */
export const networkList = /^[0-9a-fA-F.:]+\/[0-9]{1,3}(, ?[0-9a-fA-F.:]+\/[0-9]{1,3}){0,31}$/;

/** Longest text of a list, and of any other setting. */
export const listLengthMax = 2_048;
export const wordLengthMax = 255;
