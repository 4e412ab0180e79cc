import { parseSecretUri } from '../../../src/azure/key-vault.ts';

describe('parseSecretUri', () => {
  it('takes a secret apart, with and without a version', () => {
    expect(parseSecretUri('https://Kv-1.Vault.Azure.net/secrets/my-Sas', 'vault.azure.net')).toEqual({
      vaultUrl: 'https://kv-1.vault.azure.net',
      name: 'my-Sas',
    });
    expect(parseSecretUri('https://kv1.vault.azure.net/secrets/sas/0123abcd/', 'vault.azure.net')).toMatchObject({
      version: '0123abcd',
    });
  });

  it.each([
    'https://kv1.vault.azure.cn/secrets/sas',
    'https://kv1.vault.azure.net.evil.test/secrets/sas',
    'https://evil.test/kv1.vault.azure.net/secrets/sas',
    'https://a.b.vault.azure.net/secrets/sas',
    'http://kv1.vault.azure.net/secrets/sas',
    'https://kv1.vault.azure.net/keys/sas',
    'https://kv1.vault.azure.net/secrets/',
    'https://kv1.vault.azure.net/secrets/sas/v/x',
    'https://kv1.vault.azure.net/secrets/s a s',
    '',
  ])('is undefined for %s', (uri) => {
    expect(parseSecretUri(uri, 'vault.azure.net')).toBeUndefined();
  });
});
