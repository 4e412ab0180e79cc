import { join } from 'node:path';
import { ManagedIdentityCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import type { RunningKeyVault } from '../../../local/key-vault/server.ts';
import { startKeyVault } from '../../../local/key-vault/server.ts';
import { APP_IDENTITY } from '../../../local/names.ts';
import type { LocalBase } from '../../support/local-base.ts';
import { startLocalBase } from '../../support/local-base.ts';

const SOURCE_VAULT = 'srcvault.vault.source.test';
const TARGET_VAULT = 'tgtvault.vault.target.test';

let base: LocalBase;
let vault: RunningKeyVault;
let client: SecretClient;

async function start(): Promise<void> {
  const { certificates, tokens, dir } = base;
  vault = await startKeyVault({
    port: 0,
    tls: certificates.tls,
    tokens,
    dir: join(dir, 'key-vault'),
    vaults: [SOURCE_VAULT, TARGET_VAULT],
  });
  for (const host of vault.hosts) base.ports.set(host, vault.port);
}

function clientOf(host: string): SecretClient {
  return new SecretClient(`https://${host}`, new ManagedIdentityCredential({ clientId: APP_IDENTITY.clientId }));
}

/** Status, code and inner code of a refusal. */
const refusalOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => 'no error',
    (error: { statusCode?: number; code?: string; details?: { error?: { innerError?: { code?: string } } } }) => [
      error.statusCode,
      error.code,
      error.details?.error?.innerError?.code,
    ],
  );

async function namesOf(list: AsyncIterable<{ name: string }>): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of list) names.push(name);
  return names;
}

beforeAll(async () => {
  base = await startLocalBase();
  await start();
  client = clientOf(SOURCE_VAULT);
});

afterAll(async () => {
  await vault?.stop();
  await base?.stop();
});

describe('Key Vault of the local clouds', () => {
  it('keeps a secret with its content type, tags and times', async () => {
    const expiresOn = new Date('2031-01-02T03:04:05Z');
    await client.setSecret('full', 'a value', { contentType: 'text/plain', tags: { route: 'main' }, expiresOn });

    const { value, properties } = await client.getSecret('full');

    expect(value).toBe('a value');
    expect(properties).toMatchObject({ name: 'full', contentType: 'text/plain', tags: { route: 'main' }, expiresOn });
    expect(properties.vaultUrl).toBe(`https://${SOURCE_VAULT}`);
    expect(properties.enabled).toBe(true);
  });

  it('reads the newest version unless one is named', async () => {
    const first = await client.setSecret('twice', 'one');
    await client.setSecret('twice', 'two');

    expect((await client.getSecret('twice')).value).toBe('two');
    expect((await client.getSecret('twice', { version: first.properties.version })).value).toBe('one');
  });

  it('refuses to read a disabled newest version, and does not fall back to an older one', async () => {
    const older = await client.setSecret('disabled', 'older');
    const newest = await client.setSecret('disabled', 'newest');
    await client.updateSecretProperties('disabled', newest.properties.version ?? '', { enabled: false });

    expect(await refusalOf(client.getSecret('disabled'))).toEqual([403, 'Forbidden', 'SecretDisabled']);
    expect((await client.getSecret('disabled', { version: older.properties.version })).value).toBe('older');
  });

  it('hands out an expired secret: expiry is information', async () => {
    await client.setSecret('expired', 'still here', { expiresOn: new Date('2001-01-01T00:00:00Z') });

    expect((await client.getSecret('expired')).value).toBe('still here');
  });

  it('keeps what an update does not name, and never the value out of lists', async () => {
    const made = await client.setSecret('updated', 'v', { contentType: 'text/plain', tags: { a: '1' } });
    await client.updateSecretProperties('updated', made.properties.version ?? '', { tags: { b: '2' } });

    expect((await client.getSecret('updated')).properties).toMatchObject({
      contentType: 'text/plain',
      tags: { b: '2' },
    });
  });

  it('lists versions and secrets over several pages', async () => {
    for (let index = 0; index < 30; index++) await client.setSecret('many', String(index));
    const versions = client.listPropertiesOfSecretVersions('many');

    expect(await namesOf(versions)).toHaveLength(30);
    expect(await namesOf(client.listPropertiesOfSecrets())).toEqual(expect.arrayContaining(['full', 'many']));
  });

  it('keeps the name of a deleted secret until it is purged', async () => {
    await client.setSecret('deleted', 'v');
    await (await client.beginDeleteSecret('deleted')).pollUntilDone();

    expect(await refusalOf(client.getSecret('deleted'))).toEqual([404, 'SecretNotFound', undefined]);
    const reused = await refusalOf(client.setSecret('deleted', 'w'));
    expect(reused).toEqual([409, 'Conflict', 'ObjectIsDeletedButRecoverable']);
    expect(await namesOf(client.listDeletedSecrets())).toEqual(['deleted']);
    await client.purgeDeletedSecret('deleted');
    expect((await client.setSecret('deleted', 'w')).value).toBe('w');
  });

  it('brings a deleted secret back with all its versions', async () => {
    const first = await client.setSecret('recovered', 'one');
    await client.setSecret('recovered', 'two');
    await (await client.beginDeleteSecret('recovered')).pollUntilDone();
    await (await client.beginRecoverDeletedSecret('recovered')).pollUntilDone();

    expect((await client.getSecret('recovered')).value).toBe('two');
    expect((await client.getSecret('recovered', { version: first.properties.version })).value).toBe('one');
  });

  it('keeps the vaults of the two clouds apart', async () => {
    await client.setSecret('apart', 'in source');

    expect(await refusalOf(clientOf(TARGET_VAULT).getSecret('apart'))).toEqual([404, 'SecretNotFound', undefined]);
  });

  it('takes no token for another service or of another key', async () => {
    const aud = 'https://management.source.test';
    const token = base.tokens.mint({ aud, oid: APP_IDENTITY.objectId });
    const wrong = new SecretClient(`https://${SOURCE_VAULT}`, {
      getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }),
    });

    expect(await refusalOf(wrong.getSecret('full'))).toEqual([401, 'Unauthorized', undefined]);
  });

  it('cannot be reached by the name of a vault that was not created', async () => {
    const strange = new SecretClient('https://nobody.vault.source.test', new ManagedIdentityCredential(), {
      retryOptions: { maxRetries: 0 },
    });

    await expect(strange.getSecret('full')).rejects.toThrow();
  });

  it('still has every secret after a restart', async () => {
    await client.setSecret('kept', 'value');
    await vault.stop();
    await start();

    expect((await client.getSecret('kept')).value).toBe('value');
  });

  it('loses none of many changes made at once', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, index) => client.setSecret(`at-once-${index}`, 'v')));

    const names = await namesOf(client.listPropertiesOfSecrets());
    expect(names.filter((name) => name.startsWith('at-once-'))).toHaveLength(12);
  });
});
