import type { TokenCredential } from '@azure/core-auth';
import { AnonymousCredential, ContainerClient, newPipeline } from '@azure/storage-blob';
import type { CloudName } from '../names.ts';
import type { TokenAuthority } from '../tokens.ts';
import { RunFailure } from './run-failure.ts';
import type { PipelineSnapshot } from './run-model.ts';
import { readSecret } from './vault-secret.ts';

const STORAGE_AUDIENCE = 'https://storage.azure.com';
const RETRIES = { maxTries: 5, retryDelayInMs: 500, maxRetryDelayInMs: 4_000, tryTimeoutInMs: 120_000 };
const TOKEN_LIFE_SECONDS = 3600;

/**
 * A client for the container of a run's pipeline, signed in as the pipeline says: with its identity's token, or with the
 * SAS token of its secret, read now with the identity's token. Throws {@link RunFailure}; touches the vault, not the storage.
 */
export async function openContainer(
  pipeline: PipelineSnapshot,
  cloud: CloudName,
  tokens: TokenAuthority,
  signal: AbortSignal,
): Promise<ContainerClient> {
  const { endpoint, principalId } = pipeline;
  const url = toContainerUrl(endpoint.uri);
  if (principalId === undefined) {
    throw new RunFailure(
      'IdentityMissing',
      'The pipeline has no identity, so it can reach neither storage nor key vault.',
    );
  }
  if (endpoint.storageAccessMode === 'ManagedIdentity') return clientOf(url, credentialOf(tokens, principalId));
  const token = tokens.mint({ aud: `https://vault.${cloud}.test`, oid: principalId }, TOKEN_LIFE_SECONDS);
  const sas = await readSecret(endpoint.keyVaultUri ?? '', token, signal);
  return clientOf(`${url}?${sas.trim().replace(/^\?/, '')}`, new AnonymousCredential());
}

function clientOf(url: string, credential: TokenCredential | AnonymousCredential): ContainerClient {
  return new ContainerClient(url, newPipeline(credential, { retryOptions: RETRIES }));
}

function credentialOf(tokens: TokenAuthority, principalId: string): TokenCredential {
  return {
    getToken: async () => ({
      token: tokens.mint({ aud: STORAGE_AUDIENCE, oid: principalId }, TOKEN_LIFE_SECONDS),
      expiresOnTimestamp: Date.now() + TOKEN_LIFE_SECONDS * 1000,
    }),
  };
}

function toContainerUrl(uri: string): string {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.pathname.length > 1) {
    return url.href.replace(/\/+$/, '');
  }
  const allowed = 'https://{account}.blob.{suffix}/{container}';
  throw new RunFailure('InvalidStorageUri', `The storage URI '${uri}' does not name a container, allowed: ${allowed}.`);
}
