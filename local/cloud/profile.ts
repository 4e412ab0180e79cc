import type { ManagedIdentity } from '../identity/app-identities.ts';
import type { Application } from '../login/application.ts';
import { APP_IDENTITY, CLOUD_NAMES, type CloudName, TENANT_ID } from '../names.ts';

/** Which clouds one process is, whom they trust, and who works in them. Plain data: it goes to the process as JSON. */
export interface CloudProfile {
  clouds: readonly CloudName[];
  /** The one tenant that they trust. */
  tenantId: string;
  /** The managed identity of the app that runs in the first of the clouds; left out, none runs here. */
  identity?: ManagedIdentity;
  /** The object id that an app signs in with here: what roles are given to. */
  appObjectId: string;
  /** Whether the source's vault holds a certificate with which the app signs in in another cloud. */
  hasSignInCertificate?: boolean;
  /** Whether the vault of each cloud holds a key that signs the app's receipts. */
  hasReceiptKey?: boolean;
  /** Applications that may sign in at the tenant's token endpoint. */
  applications: readonly Application[];
}

/** Both clouds with one tenant, in which one identity serves both sides. */
export const ONE_TENANT: CloudProfile = {
  clouds: CLOUD_NAMES,
  tenantId: TENANT_ID,
  identity: APP_IDENTITY,
  appObjectId: APP_IDENTITY.objectId,
  applications: [],
};

/** The cloud in which the app keeps its records, where one runs here. */
export function stateCloudOf({ identity, clouds }: CloudProfile): CloudName | undefined {
  return identity && clouds[0];
}
