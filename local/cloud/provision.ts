import { BlobServiceClient } from '@azure/storage-blob';
import { RECEIPTS_CONTAINER } from '../../src/domain/receipt/receipt.ts';
import { blobServiceUrl, type CloudName, OPERATOR_IDENTITY, resourcesOf, STATE_ACCOUNTS } from '../names.ts';
import type { TokenAuthority } from '../tokens.ts';
import { Operator } from './operator.ts';
import { type CloudProfile, stateCloudOf } from './profile.ts';
import { ensureReceiptKey } from './receipt-key.ts';
import {
  appGrants,
  type Grant,
  operatorGrants,
  pipelineGrants,
  receiptKeyGrants,
  STATE_CONTAINER,
  type StorageAccess,
  signInGrants,
} from './sample-roles.ts';
import { ensureSignInCertificate } from './sign-in.ts';

export interface ProvisionOptions {
  tokens: TokenAuthority;
  storageAccess: StorageAccess;
  profile: CloudProfile;
}

/** What is known only after it was made. */
export interface Provisioned {
  /** The certificate (PEM, public) of the app's sign-in elsewhere, where the profile has one. */
  signInCertificate?: string;
  /** The public half (PEM) of the key that signs the app's receipts in each cloud, where the profile has one. */
  receiptKeys?: Partial<Record<CloudName, string>>;
}

const API_VERSION = '2025-06-01-preview';
const ASSIGNMENTS_VERSION = '2022-04-01';
const STORAGE_AUDIENCE = 'https://storage.azure.com';
const TOKEN_REUSE_MS = 3_000_000;

/**
 * Makes what a platform team would deploy: containers, the two pipelines, and the roles of the app and of the pipelines.
 * What is there already stays as it is, so that what a user changed survives a restart: roles are given only where
 * nobody but the platform team has any yet, and to a pipeline that is made anew.
 */
export async function provision(options: ProvisionOptions): Promise<Provisioned> {
  const { profile } = options;
  const operator = new Operator(options.tokens);
  await Promise.all(profile.clouds.map((cloud) => provisionCloud(operator, cloud, options)));
  const keys = profile.hasReceiptKey ? { receiptKeys: await provisionReceiptKeys(operator, profile) } : {};
  if (!profile.hasSignInCertificate) return keys;
  await give(operator, 'source', signInGrants(profile.appObjectId));
  return { ...keys, signInCertificate: await ensureSignInCertificate(operator) };
}

async function provisionReceiptKeys(operator: Operator, { clouds, appObjectId }: CloudProfile) {
  const keys: Partial<Record<CloudName, string>> = {};
  for (const cloud of clouds) {
    await give(operator, cloud, receiptKeyGrants(cloud, appObjectId));
    keys[cloud] = await ensureReceiptKey(operator, cloud);
  }
  return keys;
}

async function provisionCloud(
  operator: Operator,
  cloud: CloudName,
  { storageAccess, profile }: ProvisionOptions,
): Promise<void> {
  const isFirst = !(await hasOtherAssignments(operator, cloud));
  await give(operator, cloud, operatorGrants(cloud));
  const { account, container } = resourcesOf(cloud);
  for (const name of [container, RECEIPTS_CONTAINER]) await ensureContainer(operator, blobServiceUrl(account), name);
  const hasState = stateCloudOf(profile) === cloud;
  if (hasState) await ensureContainer(operator, blobServiceUrl(STATE_ACCOUNTS[cloud]), STATE_CONTAINER);
  const app = { cloud, principalId: profile.appObjectId, access: storageAccess, hasState };
  if (isFirst) await give(operator, cloud, appGrants(app));
  const pipeline = await ensurePipeline(operator, cloud, storageAccess);
  if (!isFirst && !pipeline.isNew) return;
  await give(operator, cloud, pipelineGrants(cloud, pipeline.principalId, pipeline.storageAccess));
}

async function give(operator: Operator, cloud: CloudName, grants: readonly Grant[]): Promise<void> {
  for (const { principalId, role, scope } of grants) await operator.assign(cloud, principalId, role, scope);
}

async function hasOtherAssignments(operator: Operator, cloud: CloudName): Promise<boolean> {
  const scope = `/subscriptions/${resourcesOf(cloud).subscriptionId}`;
  const path = `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=${ASSIGNMENTS_VERSION}`;
  const { body } = await operator.arm(cloud, 'GET', path);
  const { value } = body as { value: { properties: { principalId: string } }[] };
  return value.some(({ properties }) => properties.principalId !== OPERATOR_IDENTITY.objectId);
}

async function ensureContainer(operator: Operator, url: string, container: string): Promise<void> {
  const getToken = async () => ({
    token: operator.token(STORAGE_AUDIENCE),
    expiresOnTimestamp: Date.now() + TOKEN_REUSE_MS,
  });
  await new BlobServiceClient(url, { getToken }).getContainerClient(container).createIfNotExists();
}

interface PipelineAnswer {
  identity?: { principalId?: string };
  properties: Partial<Record<'source' | 'target', { storageAccessMode?: StorageAccess }>>;
}

async function ensurePipeline(operator: Operator, cloud: CloudName, storageAccess: StorageAccess) {
  const path = `${resourcesOf(cloud).pipelineId}?api-version=${API_VERSION}`;
  const found = await operator.arm(cloud, 'GET', path);
  const isNew = found.status === 404;
  const { body } = isNew ? await operator.arm(cloud, 'PUT', path, pipelineBody(cloud, storageAccess)) : found;
  const { identity, properties } = body as PipelineAnswer;
  const { storageAccessMode = storageAccess } = properties.source ?? properties.target ?? {};
  return { isNew, principalId: identity?.principalId ?? '', storageAccess: storageAccessMode };
}

/** The body that a side's pipeline is put with; the Bicep templates make the same (test/integration/infra). */
export function pipelineBody(cloud: CloudName, storageAccessMode: StorageAccess) {
  const { containerUrl, vaultUrl, secretName } = resourcesOf(cloud);
  const store = {
    type: 'AzureStorageBlobContainer',
    uri: containerUrl,
    storageAccessMode,
    ...(storageAccessMode === 'SasToken' ? { keyVaultUri: `${vaultUrl}/secrets/${secretName}` } : {}),
  };
  const properties =
    cloud === 'source'
      ? { target: store, options: ['OverwriteBlobs', 'ContinueOnErrors'] }
      : {
          source: store,
          options: ['OverwriteTags', 'ContinueOnErrors'],
          trigger: { sourceTrigger: { status: 'Enabled' } },
        };
  return { location: 'local', identity: { type: 'SystemAssigned' }, properties };
}
