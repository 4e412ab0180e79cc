import type { Service } from './service.ts';

/** What a call asks for and who asks, as far as its first line and headers tell. Holds no secret. */
export interface CallFacts {
  service: Service;
  /** Lower case, with the port where the client wrote one. */
  host: string;
  method: string;
  /** As it was sent, percent-encoded. */
  path: string;
  /** With its `?`, or empty; values of parameters that are not known to be harmless are masked. */
  query: string;
  /** As the service's roles or its documentation name it, such as `GetManifest`; `Unknown` where it has no name. */
  operation: string;
  /**
   * Who says it is: an object id or user name, `key:{account}`, `sas:delegation:{object id of the signer}`,
   * `sas:service`, `sas:account`, `anonymous`, `unknown`. Claimed, not proved: a refused call has one too.
   */
  identity: string;
}

/** One call that was served, or broken. */
export interface CallRecord extends CallFacts {
  /** Counts from 1 since the local cloud started. */
  n: number;
  /** When it came, ISO 8601. */
  at: string;
  durationMs: number;
  /** Of the answer; null where the connection ended before one began. */
  status: number | null;
  /** Of the body alone, as far as it came. */
  requestBytes: number;
  responseBytes: number;
  /** The service's `x-ms-request-id` (or correlation id where it has no other), and the client's `x-ms-client-request-id`. */
  requestId?: string;
  clientRequestId?: string;
  /** What a server-side copy reads, without its SAS. */
  copySource?: string;
  /** Id and kind of the fault that was applied, such as `f2 status 429`. */
  fault?: string;
}
