import { redact } from '../../src/domain/errors.ts';

/** Ends a run as `Failed`; the message becomes its `pipelineRunErrorMessage`. Holds no secret. */
export class RunFailure extends Error {
  override readonly name = 'RunFailure';
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Code and message of anything that ended a run; a thrown `{ code, message }` keeps both. Secrets are masked. */
export function failureOf(error: unknown): { code: string; message: string } {
  const { code, message } = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  return {
    code: typeof code === 'string' ? code : 'PipelineRunFailed',
    message: redact(typeof message === 'string' ? message : String(error)),
  };
}
