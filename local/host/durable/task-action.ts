import type { HttpCall } from './http-call.ts';

/** What the package's actions say, as far as this host reads them. */
export interface TaskAction {
  actionType: number;
  functionName?: string;
  input?: unknown;
  instanceId?: string;
  version?: string;
  fireAt?: Date;
  isCanceled?: boolean;
  /** Of calls and signals of entities. */
  operation?: string;
  lockSet?: { name: string; key: string }[];
  lockRequestId?: string;
  httpRequest?: HttpCall;
}
