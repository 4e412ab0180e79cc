import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  ContainerClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { TransferError } from '../../domain/errors.ts';
import { storagePipeline } from '../client-policy.ts';
import { attempt } from '../errors.ts';

/** A container and a key of its account (base64). The key is a secret: it signs, and goes nowhere else. */
export interface KeyedContainer {
  containerUrl: string;
  accountKey: string;
}

/** What a token may do, and when. `permissions` are letters of a container SAS in any order. */
export interface TokenTerms {
  permissions: string;
  startsAt: Date;
  expiresAt: Date;
}

/** Stored access policies of one container at most (limit of the service). */
const MAX_POLICIES = 5;

/** A container's SAS token signed with an account key, https only, without a leading `?`. */
export function signContainerSasWithKey(container: KeyedContainer, terms: TokenTerms): string {
  const { credential, containerName } = open(container);
  const { startsAt: startsOn, expiresAt: expiresOn } = terms;
  const permissions = ContainerSASPermissions.parse(terms.permissions);
  const protocol = SASProtocol.Https;
  const values = { containerName, permissions, startsOn, expiresOn, protocol };
  return generateBlobSASQueryParameters(values, credential).toString();
}

/** An account's SAS token for blobs, of all resource types (`srt=sco`), https only, without a leading `?`. */
export function signAccountSas(container: KeyedContainer, terms: TokenTerms): string {
  const { credential } = open(container);
  const { startsAt: startsOn, expiresAt: expiresOn } = terms;
  const values = {
    services: AccountSASServices.parse('b').toString(),
    resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
    permissions: AccountSASPermissions.parse(terms.permissions),
    startsOn,
    expiresOn,
    protocol: SASProtocol.Https,
  };
  return generateAccountSASQueryParameters(values, credential).toString();
}

/** A container's SAS token whose permissions and times are those of a stored access policy. */
export function signContainerSasWithPolicy(container: KeyedContainer, policy: string): string {
  const { credential, containerName } = open(container);
  const values = { containerName, identifier: policy, protocol: SASProtocol.Https };
  return generateBlobSASQueryParameters(values, credential).toString();
}

/** A stored access policy as it stands; times in ISO 8601. */
export interface StoredPolicy {
  permissions: string;
  startsAt?: string;
  expiresAt?: string;
}

/** The policy of that name; `undefined` when the container has none. */
export async function readStoredPolicy(container: KeyedContainer, name: string): Promise<StoredPolicy | undefined> {
  const { signedIdentifiers } = await readAcl(container);
  const found = signedIdentifiers.find(({ id }) => id === name)?.accessPolicy;
  if (!found) return undefined;
  const { permissions = '', startsOn, expiresOn } = found;
  return {
    permissions,
    ...(startsOn === undefined ? {} : { startsAt: startsOn.toISOString() }),
    ...(expiresOn === undefined ? {} : { expiresAt: expiresOn.toISOString() }),
  };
}

/** Makes or changes a policy and keeps the others. @throws `TransferError` `POLICY_LIMIT` when five others are there */
export async function writeStoredPolicy(container: KeyedContainer, name: string, terms: TokenTerms): Promise<void> {
  const { client } = open(container);
  const { signedIdentifiers, blobPublicAccess } = await readAcl(container);
  const others = signedIdentifiers.filter(({ id }) => id !== name);
  if (others.length >= MAX_POLICIES) {
    const message = `${container.containerUrl} has ${others.length} stored access policies besides '${name}'; at most ${MAX_POLICIES} are allowed in all.`;
    throw new TransferError(message, { class: 'conflict', code: 'POLICY_LIMIT' });
  }
  const { permissions, startsAt: startsOn, expiresAt: expiresOn } = terms;
  const accessPolicy = { permissions: ContainerSASPermissions.parse(permissions).toString(), startsOn, expiresOn };
  const context = { action: 'set the stored access policies', resource: container.containerUrl };
  await attempt(context, (abortSignal) =>
    client.setAccessPolicy(blobPublicAccess, [...others, { id: name, accessPolicy }], { abortSignal }),
  );
}

function readAcl(container: KeyedContainer) {
  const context = { action: 'read the stored access policies', resource: container.containerUrl };
  return attempt(context, (abortSignal) => open(container).client.getAccessPolicy({ abortSignal }));
}

function open({ containerUrl, accountKey }: KeyedContainer) {
  const [account = ''] = new URL(containerUrl).hostname.split('.');
  const credential = new StorageSharedKeyCredential(account, accountKey);
  const client = new ContainerClient(containerUrl, storagePipeline(credential));
  return { credential, client, containerName: client.containerName };
}
