import type { InputDatum, RetryContext, TraceContext } from './app-model.ts';
import type { TypedData } from './typed-data.ts';

/** What one call of a function needs. */
export interface InvocationRequest {
  inputData: InputDatum[];
  triggerMetadata?: Record<string, TypedData>;
  retryContext?: RetryContext;
  traceContext?: TraceContext;
  /** An id of the caller's; made up when absent. */
  invocationId?: string;
  /** Gets the library's context before any hook or handler sees it. */
  onContext?: (context: object) => void;
}
