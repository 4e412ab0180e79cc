import type { JsonWebKey } from 'node:crypto';

/** That an application takes the tokens of one workload of another issuer as its own assertion. */
export interface FederatedCredential {
  /** `iss` of the token. */
  issuer: string;
  /** `sub` of the token: the object id of a managed identity. */
  subject: string;
  /** `aud` of the token. */
  audience: string;
  /** The issuer's public keys. Entra ID fetches them from the issuer; here they are given with the registration. */
  keys: readonly JsonWebKey[];
}

/** An application that may sign in in a tenant, with its service principal there. */
export interface Application {
  clientId: string;
  /** Object id of the service principal: what roles are given to. */
  objectId: string;
  federatedCredentials?: readonly FederatedCredential[];
  /** Public certificates (PEM) that its assertions may be signed with. */
  certificates?: readonly string[];
}
