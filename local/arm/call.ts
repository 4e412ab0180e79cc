import type { CloudName } from '../names.ts';
import type { TokenClaims } from '../tokens.ts';
import type { ArmPath } from './arm-path.ts';

/** One request, authenticated. */
export interface ScopedCall {
  method: string | undefined;
  url: URL;
  cloud: CloudName;
  caller: TokenClaims;
  /** Of the subscription. */
  tenantId: string;
  /** The request's JSON, `{}` where there is none. Throws 400. */
  readBody(): Promise<unknown>;
}

/** One request on registries, its path understood. */
export interface ArmCall extends ScopedCall {
  path: ArmPath;
}

/** What is answered; headers beside those that every answer has. */
export interface ArmAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}
