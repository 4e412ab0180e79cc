import type { TokenCredential } from '@azure/core-auth';
import { attempt } from '../../src/azure/errors.ts';
import type { Cloud } from '../../src/domain/cloud.ts';

/**
 * The object id of the identity that a credential signs in as: the `oid` claim of its ARM token; `undefined` when the
 * token has none. Nothing is verified: ARM does that. Throws a `TransferError` when there is no token to be had.
 */
export async function fetchPrincipalId(credential: TokenCredential, cloud: Cloud): Promise<string | undefined> {
  const context = { action: 'get a token', resource: cloud.armAudience };
  const token = await attempt(context, (abortSignal) =>
    credential.getToken(`${cloud.armAudience}/.default`, { abortSignal }),
  );
  return readClaim(token?.token ?? '', 'oid');
}

function readClaim(token: string, name: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const value = typeof claims === 'object' && claims !== null ? Reflect.get(claims, name) : undefined;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
