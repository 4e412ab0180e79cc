import { join } from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { RoleAssignments } from '../../../local/access/role-assignments.ts';
import { startArm } from '../../../local/arm/server.ts';
import { Operator } from '../../../local/cloud/operator.ts';
import { OPERATOR_IDENTITY, resourcesOf } from '../../../local/names.ts';
import { StorageAccounts } from '../../../local/storage/accounts.ts';
import { startStorage } from '../../../local/storage/server.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';

/** Storage and ARM of the source cloud that share roles and accounts, with the platform team as owner. */
export interface AccessWorld {
  base: LocalBase;
  operator: Operator;
  accounts: StorageAccounts;
  /** A client of `srcstore` with the account key, newest one. */
  owner(): BlobServiceClient;
  /** A client of `srcstore` with a token of an identity. */
  identity(principalId: string): BlobServiceClient;
  /** A client of `srcstore` with a SAS token. */
  signed(sas: string): BlobServiceClient;
  stop(): Promise<void>;
}

const URL_OF_ACCOUNT = 'https://srcstore.blob.source.test';
const ONE_TRY = { retryOptions: { maxTries: 1 } };

export async function startAccessWorld(): Promise<AccessWorld> {
  const base = await startLocalBase();
  const { certificates, tokens, dir } = base;
  const access = await RoleAssignments.open(join(dir, 'access', 'role-assignments.json'));
  await access.grant(OPERATOR_IDENTITY.objectId, 'Owner', `/subscriptions/${resourcesOf('source').subscriptionId}`);
  const accounts = await StorageAccounts.open(join(dir, 'storage'), certificates.secrets.accountKeys);
  const more = { port: 0, tokens, may: access.may, accounts };
  const storage = await startStorage({ ...more, azuritePort: 0, dir: join(dir, 'storage'), certificates });
  base.stopLater(storage);
  base.ports.set(new URL(URL_OF_ACCOUNT).hostname, storage.port);
  const { registryId: id, loginServer } = resourcesOf('source');
  const data = { location: 'local', adminUsername: 'admin', adminPassword: 'x', endpoint: 'http://127.0.0.1:1' };
  const registries = [{ id, cloud: 'source' as const, loginServer, ...data }];
  const arm = await startArm({ ...more, tls: certificates.tls, dir: join(dir, 'arm'), registries, access });
  base.stopLater(arm);
  base.ports.set('management.source.test', arm.port);
  const clientOf = (sas: string) => new BlobServiceClient(`${URL_OF_ACCOUNT}?${sas}`, undefined, ONE_TRY);
  return {
    base,
    operator: new Operator(tokens),
    accounts,
    owner: () => {
      const credential = new StorageSharedKeyCredential('srcstore', accounts.get('srcstore').key1);
      return new BlobServiceClient(URL_OF_ACCOUNT, credential, ONE_TRY);
    },
    identity: (oid) => {
      const token = tokens.mint({ aud: 'https://storage.azure.com', oid });
      const getToken = async () => ({ token, expiresOnTimestamp: Date.now() + 600_000 });
      return new BlobServiceClient(URL_OF_ACCOUNT, { getToken }, ONE_TRY);
    },
    signed: clientOf,
    stop: () => base.stop(),
  };
}

/** What came of a call: its HTTP status and the storage's code; the status alone when it was let through. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => 'done',
    (error: { statusCode?: number; details?: { errorCode?: string }; code?: string }) =>
      `${error.statusCode} ${error.details?.errorCode ?? error.code}`,
  );
}
