/** How a pod of moody-pods.ts answers. */
export type Mood = {
  /** To checks: 200 unless it is another. */
  readonly status?: number;
  readonly body?: string;
  /** The only method that a check may have. */
  readonly method?: string;
  /** Milliseconds before a check is answered. */
  readonly delay?: number;
  /** The status for everybody else. */
  readonly traffic?: number;
};
