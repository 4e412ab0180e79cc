import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { ManagedIdentityCredential } from '@azure/identity';
import { KNOWN_CLOUDS } from '../../domain/cloud.ts';
import type { RouteSide } from '../../domain/route/route.ts';
import { credentialOptions, SIGN_IN_LIMIT_MS } from '../client-policy.ts';
import { CertificateCredential } from './certificate-credential.ts';
import { createFederatedCredential } from './federated-credential.ts';
import { faultOnTheWay, SignInError } from './sign-in-error.ts';

type SignIn = Pick<RouteSide, 'credential' | 'tenantId' | 'cloud'>;
type Application<T> = SignIn & { credential: Extract<RouteSide['credential'], { type: T }> };

const credentials = new Map<string, TokenCredential>();

/**
 * The credential of one side of a route; one object for all sides that sign in alike in one tenant, since it caches
 * its tokens. Nothing is asked before the first token is. A sign-in as an application that fails or takes longer than
 * {@link SIGN_IN_LIMIT_MS} rejects with a {@link SignInError}.
 */
export function createCredential(side: SignIn): TokenCredential {
  const { credential, tenantId, cloud } = side;
  const key = JSON.stringify([tenantId, cloud.authorityHost, Object.entries(credential).sort()]);
  return cached(key, () => {
    if (credential.type === 'managedIdentity') return managedIdentity(credential.clientId);
    return credential.type === 'federated' ? federated({ ...side, credential }) : certificate({ ...side, credential });
  });
}

/** The credential for the app's own state: the managed identity, the one with `clientId` where there are several. */
export function createStateCredential(clientId: string | undefined): TokenCredential {
  return cached(JSON.stringify(['state', clientId]), () => managedIdentity(clientId));
}

function managedIdentity(clientId: string | undefined): TokenCredential {
  return new ManagedIdentityCredential({ ...credentialOptions, ...(clientId === undefined ? {} : { clientId }) });
}

function federated(side: Application<'federated'>): TokenCredential {
  const { tenantId, cloud, credential } = side;
  const { clientId, identityClientId } = credential;
  const inner = createFederatedCredential({
    tenantId,
    clientId,
    authorityHost: cloud.authorityHost,
    identity: createStateCredential(identityClientId),
    sdk: optionsOf(side),
  });
  const check =
    "the application's federated credential (issuer, subject and audience of the app's identity), and that the application is in this tenant";
  return explained(inner, { how: 'federated', clientId, side, check });
}

function certificate(side: Application<'certificate'>): TokenCredential {
  const { tenantId, credential } = side;
  const { clientId, vault, secret, identityClientId } = credential;
  const identity = createStateCredential(identityClientId);
  const inner = new CertificateCredential({ tenantId, clientId, vault, secret, identity, sdk: optionsOf(side) });
  const check = `that the newest version of ${vault}/secrets/${secret} is a certificate that the application knows and that has not expired, and that the app's identity may read it`;
  return explained(inner, { how: 'certificate', clientId, side, check });
}

/** Only Microsoft's own authorities are known to Microsoft's instance discovery. */
function optionsOf({ cloud: { authorityHost } }: SignIn) {
  const isKnown = Object.values(KNOWN_CLOUDS).some((cloud) => cloud.authorityHost === authorityHost);
  return { ...credentialOptions, authorityHost, disableInstanceDiscovery: !isKnown };
}

interface Explanation {
  how: 'federated' | 'certificate';
  clientId: string;
  side: SignIn;
  check: string;
}

/** The credential under a time limit of its own, its errors saying how it signed in and what to check. */
function explained(inner: TokenCredential, { how, clientId, side, check }: Explanation): TokenCredential {
  const where = `${how} sign-in as application ${clientId} in tenant ${side.tenantId} at ${side.cloud.authorityHost}`;
  const explain = (error: unknown): SignInError => {
    const known = findSignInError(error);
    const [found] = (known ?? (error instanceof Error ? error : new Error(String(error)))).message.split(/\r?\n/);
    return new SignInError(`${where}: ${found}; check ${check}`, faultOnTheWay(known ?? error), error);
  };
  return {
    async getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null> {
      try {
        return await withinLimit(inner.getToken(scopes, options));
      } catch (error) {
        throw explain(error);
      }
    },
  };
}

/** The SDK wraps what a client assertion's callback throws. */
function findSignInError(error: unknown): SignInError | undefined {
  for (let each = error; each instanceof Error; each = each.cause) if (each instanceof SignInError) return each;
  return undefined;
}

/** The SDK's sign-in has no limit: one that hangs would hold up every later call that waits for the same token. */
async function withinLimit<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const fault = { class: 'transient', code: 'IDENTITY_UNREACHABLE' } as const;
    timer = setTimeout(
      () => reject(new SignInError(`no token within ${SIGN_IN_LIMIT_MS} ms`, fault)),
      SIGN_IN_LIMIT_MS,
    );
  });
  try {
    return await Promise.race([call, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function cached(key: string, create: () => TokenCredential): TokenCredential {
  const found = credentials.get(key);
  if (found) return found;
  const created = create();
  credentials.set(key, created);
  return created;
}
