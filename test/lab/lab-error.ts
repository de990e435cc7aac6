/**
 * A failure of the lab: `code` is stable, the message names what was tried and what to do instead.
 */
export class LabError extends Error {
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'LabError';
    this.code = code;
  }
}

/** What can go wrong with a lab; a retired code is never reused. */
export type LabErrorCode =
  | 'LAB_NEEDS_ROOT'
  | 'LAB_NEEDS_DEBIAN'
  | 'LAB_NEEDS_GO'
  | 'LAB_NEEDS_CGROUP_V1'
  | 'LAB_COMMAND_FAILED'
  | 'LAB_COMMAND_TIMEOUT'
  | 'LAB_WAIT_TIMEOUT'
  | 'LAB_LOCK_TIMEOUT'
  | 'LAB_EXISTS'
  | 'LAB_NOT_FOUND'
  | 'LAB_NODE_UNKNOWN'
  | 'LAB_NODE_STATE'
  | 'LAB_TOO_MANY'
  | 'LAB_BUILD_FAILED'
  | 'LAB_USAGE';

/** The message of whatever was thrown. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
