import { randomBytes } from 'node:crypto';
import { get } from 'node:https';
import { join } from 'node:path';
import { ManagedIdentityCredential } from '@azure/identity';
import type { BlockBlobClient } from '@azure/storage-blob';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  BlobSASPermissions,
  BlobServiceClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { APP_IDENTITY, resourcesOf } from '../../../local/names.ts';
import { Crc64 } from '../../../local/storage/crc64.ts';
import type { RunningStorage } from '../../../local/storage/server.ts';
import { startStorage } from '../../../local/storage/server.ts';
import type { LocalBase } from '../../support/local-base.ts';
import { startLocalBase } from '../../support/local-base.ts';

const SOURCE_URL = 'https://srcstore.blob.source.test';
const TARGET_URL = 'https://tgtstore.blob.target.test';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let base: LocalBase;
let storage: RunningStorage;
let source: BlobServiceClient;
let target: BlobServiceClient;

async function start(): Promise<void> {
  const { certificates, tokens, dir } = base;
  storage = await startStorage({ port: 0, azuritePort: 0, dir: join(dir, 'storage'), certificates, tokens });
  for (const url of [SOURCE_URL, TARGET_URL]) base.ports.set(new URL(url).hostname, storage.port);
}

function staticToken(token: string) {
  return { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + MINUTE_MS }) };
}

function clientWith(url: string, token: string): BlobServiceClient {
  return new BlobServiceClient(url, staticToken(token), { retryOptions: { maxTries: 1 } });
}

function appToken(aud = 'https://storage.azure.com', lifeSeconds = 600): string {
  return base.tokens.mint({ aud, oid: APP_IDENTITY.objectId }, lifeSeconds);
}

function sharedKey(account: 'srcstore' | 'tgtstore'): StorageSharedKeyCredential {
  return new StorageSharedKeyCredential(account, storage.accounts.get(account).key1);
}

function blobSas(name: string): string {
  const values = { containerName: 'transfer', blobName: name, permissions: BlobSASPermissions.parse('r') };
  const expiresOn = new Date(Date.now() + MINUTE_MS);
  return generateBlobSASQueryParameters({ ...values, expiresOn }, sharedKey('srcstore')).toString();
}

function blobAt(service: BlobServiceClient, name: string): BlockBlobClient {
  return service.getContainerClient('transfer').getBlockBlobClient(name);
}

async function uploadSource(name: string, bytes: Buffer): Promise<BlockBlobClient> {
  const blob = blobAt(source, name);
  await blob.uploadData(bytes, { blobHTTPHeaders: { blobContentType: 'application/x-tar' } });
  return blob;
}

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => 'no error',
    (error: { statusCode?: number; details?: { errorCode?: string } }) => [error.statusCode, error.details?.errorCode],
  );

beforeAll(async () => {
  base = await startLocalBase();
  await start();
  const credential = new ManagedIdentityCredential({ clientId: APP_IDENTITY.clientId });
  source = new BlobServiceClient(SOURCE_URL, credential);
  target = new BlobServiceClient(TARGET_URL, credential);
  for (const service of [source, target]) await service.getContainerClient('transfer').create();
});

afterAll(async () => {
  await storage?.stop();
  await base?.stop();
});

describe('storage of the local clouds, by managed identity', () => {
  it('keeps a blob, its metadata and its ranges under a name with spaces and umlauts', async () => {
    const bytes = randomBytes(300_000);
    const blob = await uploadSource('müll und mehr/a b.tar', bytes);
    await blob.setMetadata({ category: 'acr-transfer-blob' });

    const properties = await blob.getProperties();
    const range = await blob.downloadToBuffer(1000, 5000);

    expect(properties.metadata).toEqual({ category: 'acr-transfer-blob' });
    expect(range.equals(bytes.subarray(1000, 6000))).toBe(true);
  });

  it('answers a block with its CRC64, and refuses it with another', async () => {
    const bytes = randomBytes(70_001);
    const crc64 = new Crc64().update(bytes).digest();
    const blob = blobAt(source, 'checked.tar');
    expect((await blob.stageBlock('YQ==', bytes, bytes.length)).xMsContentCrc64).toEqual(crc64);
    const wrong = blob.stageBlock('YQ==', bytes, bytes.length, { transactionalContentCrc64: crc64.toReversed() });
    expect(await codeOf(wrong)).toEqual([400, 'Crc64Mismatch']);
  });

  it('keeps the accounts of the two clouds apart', async () => {
    await uploadSource('only-in-source', Buffer.from('x'));

    expect(await blobAt(target, 'only-in-source').exists()).toBe(false);
  });

  it('answers 404 for an account that does not exist, and for an account of the other cloud', async () => {
    for (const host of ['nobody.blob.source.test', 'tgtstore.blob.source.test']) {
      base.ports.set(host, storage.port);
      const service = clientWith(`https://${host}`, appToken());
      expect(await codeOf(service.getProperties())).toEqual([404, 'ResourceNotFound']);
    }
  });

  it('takes a token for this very account, and no token for another', async () => {
    const own = clientWith(SOURCE_URL, appToken(SOURCE_URL));
    const other = clientWith(SOURCE_URL, appToken(TARGET_URL));

    expect((await own.getContainerClient('transfer').getProperties()).etag).toBeTruthy();
    expect(await codeOf(other.getContainerClient('transfer').getProperties())).toEqual([
      401,
      'InvalidAuthenticationInfo',
    ]);
  });

  it('refuses tokens that are expired, unsigned or for another service', async () => {
    const unsigned = `${appToken().split('.').slice(0, 2).join('.')}.AAAA`;
    const bad = [appToken(undefined, -60), unsigned, appToken('https://vault.source.test')];
    for (const token of bad) {
      const container = clientWith(SOURCE_URL, token).getContainerClient('transfer');
      expect(await codeOf(container.getProperties())).toEqual([401, 'InvalidAuthenticationInfo']);
    }
  });

  it('lets a refusal in the middle of an upload through as the refusal that it is', async () => {
    const blob = blobAt(clientWith(SOURCE_URL, appToken(undefined, -60)), 'refused');
    const missing = source.getContainerClient('missing').getBlockBlobClient('refused');
    const bytes = randomBytes(9 * 1024 * 1024);

    expect(await codeOf(blob.upload(bytes, bytes.length))).toEqual([401, 'InvalidAuthenticationInfo']);
    expect(await codeOf(missing.upload(bytes, bytes.length))).toEqual([404, 'ContainerNotFound']);
  });
});

describe('Azurite behind the front', () => {
  it('takes no token from whoever goes around the front', async () => {
    await uploadSource('guarded', Buffer.from('bytes'));
    const status = await new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${appToken()}`, 'x-ms-version': '2025-01-05' };
      const { cert: ca } = base.certificates.azurite;
      get(
        `https://127.0.0.1:${storage.azuritePort}/srcstore/transfer/guarded`,
        { ca, headers, agent: false },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      ).on('error', reject);
    });

    expect(status).toBe(403);
  });
});

describe('storage of the local clouds, by key and SAS', () => {
  it('takes the account key and refuses another one', async () => {
    const good = new BlobServiceClient(SOURCE_URL, sharedKey('srcstore'));
    const wrong = new StorageSharedKeyCredential('srcstore', storage.accounts.get('tgtstore').key1);

    expect((await good.getContainerClient('transfer').getProperties()).etag).toBeTruthy();
    expect(await codeOf(new BlobServiceClient(SOURCE_URL, wrong).getProperties())).not.toBe('no error');
  });

  it('takes service SAS and account SAS for what they allow, and no more', async () => {
    const blob = await uploadSource('by-sas', Buffer.from('bytes'));
    const accountSas = generateAccountSASQueryParameters(
      {
        expiresOn: new Date(Date.now() + MINUTE_MS),
        permissions: AccountSASPermissions.parse('r'),
        services: AccountSASServices.parse('b').toString(),
        resourceTypes: AccountSASResourceTypes.parse('o').toString(),
      },
      sharedKey('srcstore'),
    ).toString();

    for (const sas of [blobSas('by-sas'), accountSas]) {
      const reader = new BlobServiceClient(`${SOURCE_URL}?${sas}`);
      expect((await blobAt(reader, 'by-sas').downloadToBuffer()).toString()).toBe('bytes');
      expect(await codeOf(blobAt(reader, 'by-sas').delete())).toEqual([403, 'AuthorizationPermissionMismatch']);
    }
    expect(await blob.exists()).toBe(true);
  });

  it('takes a user delegation SAS that ends with its key, not one that outlives it', async () => {
    await uploadSource('by-delegation', Buffer.from('bytes'));
    const startsOn = new Date(Date.now() - 5 * MINUTE_MS);
    const key = await source.getUserDelegationKey(startsOn, new Date(Date.now() + 60 * MINUTE_MS));
    const sasUntil = (expiresOn: Date): string =>
      generateBlobSASQueryParameters(
        { containerName: 'transfer', permissions: ContainerSASPermissions.parse('rl'), startsOn, expiresOn },
        key,
        'srcstore',
      ).toString();
    const readWith = async (sas: string): Promise<Buffer> =>
      await blobAt(new BlobServiceClient(`${SOURCE_URL}?${sas}`), 'by-delegation').downloadToBuffer();

    expect((await readWith(sasUntil(key.signedExpiresOn))).toString()).toBe('bytes');
    const outliving = sasUntil(new Date(key.signedExpiresOn.getTime() + MINUTE_MS));
    expect(await codeOf(readWith(outliving))).toEqual([403, 'AuthenticationFailed']);
  });

  it('gives no delegation key for more than 7 days', async () => {
    const now = new Date();

    expect(await codeOf(source.getUserDelegationKey(now, new Date(now.getTime() + 8 * DAY_MS)))).toEqual([
      400,
      'InvalidXmlNodeValue',
    ]);
    const key = await source.getUserDelegationKey(now, new Date(now.getTime() + 7 * DAY_MS - MINUTE_MS));
    expect(key.signedObjectId).toBe(APP_IDENTITY.objectId);
  });
});

describe('server-side copy between the local clouds', () => {
  const bytes = randomBytes(2 * 1024 * 1024);
  const half = bytes.length / 2;
  const blockId = (text: string): string => Buffer.from(text).toString('base64');

  async function copyByBlocks(url: string, name: string, sourceToken?: string): Promise<Buffer> {
    const blob = blobAt(target, name);
    const options = sourceToken === undefined ? {} : { sourceAuthorization: { scheme: 'Bearer', value: sourceToken } };
    await blob.stageBlockFromURL(blockId('a'), url, 0, half, options);
    await blob.stageBlockFromURL(blockId('b'), url, half, half, options);
    await blob.commitBlockList([blockId('a'), blockId('b')]);
    return await blob.downloadToBuffer();
  }

  beforeAll(async () => {
    await uploadSource('archive one.tar', bytes);
  });

  it('copies block by block with a SAS at the source', async () => {
    const url = `${blobAt(source, 'archive one.tar').url}?${blobSas('archive one.tar')}`;

    expect((await copyByBlocks(url, 'by-sas.tar')).equals(bytes)).toBe(true);
  });

  it('copies block by block with a token for the source', async () => {
    const url = blobAt(source, 'archive one.tar').url;

    expect((await copyByBlocks(url, 'by-token.tar', appToken())).equals(bytes)).toBe(true);
  });

  it('copies a whole blob with beginCopyFromURL', async () => {
    const url = `${blobAt(source, 'archive one.tar').url}?${blobSas('archive one.tar')}`;
    const poller = await blobAt(target, 'whole.tar').beginCopyFromURL(url);

    expect((await poller.pollUntilDone()).copyStatus).toBe('success');
    expect((await blobAt(target, 'whole.tar').downloadToBuffer()).equals(bytes)).toBe(true);
  });

  it('refuses a source without permission, with a bad token, or outside the local clouds', async () => {
    const url = blobAt(source, 'archive one.tar').url;
    const refused = async (from: string, token?: string): Promise<unknown> =>
      await codeOf(copyByBlocks(from, 'refused.tar', token));

    expect(await refused(url)).toEqual([401, 'CannotVerifyCopySource']);
    expect(await refused(url, appToken(undefined, -60))).toEqual([401, 'CannotVerifyCopySource']);
    expect(await refused(url, appToken(TARGET_URL))).toEqual([401, 'CannotVerifyCopySource']);
    expect(await refused('https://example.com/transfer/archive.tar')).toEqual([404, 'CannotVerifyCopySource']);
  });
});

describe('storage after a restart', () => {
  it('still has what was written before it', async () => {
    const { containerUrl } = resourcesOf('source');
    const bytes = randomBytes(100_000);
    const blob = await uploadSource('kept.tar', bytes);
    expect(blob.url).toBe(`${containerUrl}/kept.tar`);

    await storage.stop();
    expect((await storage.exited).signal ?? 'ended by itself').toBe('ended by itself');
    await start();

    expect((await blob.downloadToBuffer()).equals(bytes)).toBe(true);
  });
});
