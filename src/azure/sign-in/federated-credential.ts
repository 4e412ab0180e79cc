import type { TokenCredential } from '@azure/core-auth';
import { ClientAssertionCredential } from '@azure/identity';
import { faultOnTheWay, SignInError } from './sign-in-error.ts';

/**
 * The audience of the identity's token that each authority exchanges, by host.
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
 */
const AUDIENCES: ReadonlyMap<string, string> = new Map([
  ['login.microsoftonline.us', 'api://AzureADTokenExchangeUSGov'],
  ['login.chinacloudapi.cn', 'api://AzureADTokenExchangeChina'],
  ['login.partner.microsoftonline.cn', 'api://AzureADTokenExchangeChina'],
]);
const PUBLIC_AUDIENCE = 'api://AzureADTokenExchange';

/** The audience that an authority (an origin) takes assertions of managed identities for. */
export function federationAudience(authorityHost: string): string {
  return AUDIENCES.get(new URL(authorityHost).hostname) ?? PUBLIC_AUDIENCE;
}

export interface FederatedOptions {
  tenantId: string;
  clientId: string;
  authorityHost: string;
  /** The app's identity, whose token is the assertion. */
  identity: TokenCredential;
  /** Options of the SDK's credential. */
  sdk: ConstructorParameters<typeof ClientAssertionCredential>[3];
}

/** Signs in as an application of another tenant that trusts the app's identity. Nothing is asked before a token is. */
export function createFederatedCredential(options: FederatedOptions): TokenCredential {
  const { tenantId, clientId, authorityHost, identity, sdk } = options;
  const scope = `${federationAudience(authorityHost)}/.default`;
  const assertion = async (): Promise<string> => {
    const token = await identity.getToken(scope).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      throw new SignInError(`no token of the app's identity: ${message}`, faultOnTheWay(error), error);
    });
    return token?.token ?? '';
  };
  return new ClientAssertionCredential(tenantId, clientId, assertion, sdk);
}
