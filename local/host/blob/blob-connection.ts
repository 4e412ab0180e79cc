import type { BlobServiceClient } from '@azure/storage-blob';
import { HostStartError } from '../errors.ts';
import type { Settings } from '../settings.ts';

/**
 * A client for the account that a binding's `connection` names, by identity: `X__blobServiceUri`, and `X__clientId`
 * for a user-assigned one. The SDK is loaded here, so that apps without blob triggers start sooner. Throws {@link HostStartError} naming the setting and what it must be.
 */
export async function connectBlobService(
  connection: string,
  settings: Settings,
  where: string,
): Promise<BlobServiceClient> {
  const setting = `${connection}__blobServiceUri`;
  const serviceUri = settings[setting];
  if (serviceUri === undefined || !/^https:\/\/[^/]/.test(serviceUri) || !URL.canParse(serviceUri)) {
    const found = serviceUri === undefined ? 'missing' : `'${serviceUri}'`;
    throw new HostStartError(
      `${where}: setting '${setting}' is ${found}; it must be the https URL of a blob service (connection strings are ` +
        'not served by this host)',
    );
  }
  const clientId = settings[`${connection}__clientId`];
  const [identity, storage] = await Promise.all([import('@azure/identity'), import('@azure/storage-blob')]);
  const credential = new identity.ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
  return new storage.BlobServiceClient(serviceUri, credential, {
    retryOptions: { maxTries: 2, tryTimeoutInMs: 30_000 },
  });
}
