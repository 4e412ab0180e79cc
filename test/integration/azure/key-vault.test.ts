import { join } from 'node:path';
import { startKeyVault } from '../../../local/key-vault/server.ts';
import { resourcesOf, TENANT_ID } from '../../../local/names.ts';
import { openVault, type SecretStore } from '../../../src/azure/key-vault.ts';
import { createCredential } from '../../../src/azure/sign-in/credential.ts';
import { KNOWN_CLOUDS } from '../../../src/domain/cloud.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';

let base: LocalBase;
let vault: SecretStore;
const { vaultUrl } = resourcesOf('source');
const expiresAt = new Date(Date.UTC(2031, 0, 2, 3, 4, 5));

beforeAll(async () => {
  base = await startLocalBase();
  const host = new URL(vaultUrl).hostname;
  const { certificates, tokens, dir } = base;
  const server = await startKeyVault({
    port: 0,
    tls: certificates.tls,
    tokens,
    dir: join(dir, 'vaults'),
    vaults: [host],
  });
  base.stopLater(server);
  base.ports.set(host, server.port);
  const credential = createCredential({
    tenantId: TENANT_ID,
    cloud: KNOWN_CLOUDS.AzurePublic,
    credential: { type: 'managedIdentity' },
  });
  vault = openVault(vaultUrl, credential, 'source');
});
afterAll(() => base.stop());

async function versions(name: string) {
  const found = [];
  for await (const version of vault.listVersions(name)) found.push(version);
  return found;
}

describe('a vault by identity', () => {
  it('keeps a secret with its expiry, type and tags', async () => {
    const options = { expiresAt, contentType: 'application/x-sas', tags: { side: 'source' } };
    const { version } = await vault.set('sas', '?sv=1&sig=x', options);
    expect(version).not.toBe('');
    await expect(vault.get('sas')).resolves.toMatchObject({
      value: '?sv=1&sig=x',
      version,
      enabled: true,
      expiresAt: expiresAt.toISOString(),
      contentType: 'application/x-sas',
      tags: { side: 'source' },
    });
  });

  it('reads by version, and lists all of them without values', async () => {
    const options = { expiresAt, contentType: 't', tags: {} };
    const first = await vault.set('many', 'one', options);
    const second = await vault.set('many', 'two', options);
    await expect(vault.get('many')).resolves.toMatchObject({ value: 'two', version: second.version });
    await expect(vault.get('many', first.version)).resolves.toMatchObject({ value: 'one' });
    const listed = await versions('many');
    expect(listed.map((each) => each.version).sort()).toEqual([first.version, second.version].sort());
    expect(JSON.stringify(listed)).not.toContain('one');
  });

  it('does not read a version that was disabled, and says why', async () => {
    const { version } = await vault.set('old', 'x', { expiresAt, contentType: 't', tags: {} });
    await vault.disable('old', version);
    await expect(vault.get('old', version)).rejects.toMatchObject({ class: 'access', side: 'source' });
    expect(await versions('old')).toMatchObject([{ version, enabled: false }]);
  });

  it('has nothing to say of a secret that is not there', async () => {
    await expect(vault.get('absent')).resolves.toBeUndefined();
    await expect(versions('absent')).resolves.toEqual([]);
  });

  it('names the secret in its errors, never the value', async () => {
    const failed = vault.set('bad_name', 'TOP-SECRET', { expiresAt, contentType: 't', tags: {} });
    await expect(failed).rejects.toMatchObject({
      class: 'service',
      message: expect.stringContaining(`set the secret on ${vaultUrl}/secrets/bad_name: 4`),
    });
    await expect(failed).rejects.not.toThrow(/TOP-SECRET/);
  });
});
