/** What the host's process ends with when it cannot start; see the table in `README.md`. */
export const EXIT_CODES = { fault: 1, usage: 2, portTaken: 3 } as const;

/** A fault that keeps the host from starting. The message is for the user: what was found, what is allowed. */
export class HostStartError extends Error {
  override readonly name = 'HostStartError';
  /** One of {@link EXIT_CODES}. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT_CODES.fault, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The stack of any thrown value, or its text where it has none. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The `code` of a thrown value (`ENOENT`, `EADDRINUSE`, …), where it has one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
