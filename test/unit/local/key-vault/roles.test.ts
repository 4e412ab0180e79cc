import { actionOf } from '../../../../local/key-vault/actions.ts';
import { forbiddenByRbac } from '../../../../local/key-vault/errors.ts';
import { vaultIdOf } from '../../../../local/names.ts';

describe('actionOf', () => {
  it.each([
    ['GET', '/secrets/', 'readMetadata/action'],
    ['GET', '/secrets/a/versions', 'readMetadata/action'],
    ['GET', '/secrets/a', 'getSecret/action'],
    ['GET', '/secrets/a/', 'getSecret/action'],
    ['GET', '/secrets/a/0123', 'getSecret/action'],
    ['PUT', '/secrets/a', 'setSecret/action'],
    ['PATCH', '/secrets/a/0123', 'update/action'],
    ['DELETE', '/secrets/a', 'delete'],
    ['POST', '/deletedsecrets/a/recover', 'recover/action'],
    ['DELETE', '/deletedsecrets/a', 'purge/action'],
    ['GET', '/deletedsecrets', 'readMetadata/action'],
  ])('of %s %s is %s', (method, path, action) => {
    expect(actionOf(method, path)).toBe(`Microsoft.KeyVault/vaults/secrets/${action}`);
  });

  it.each([
    ['GET', '/keys', 'read'],
    ['GET', '/keys/a/0123', 'read'],
    ['PUT', '/keys/a', 'import/action'],
    ['POST', '/keys/a/create', 'create/action'],
    ['POST', '/keys/a/sign', 'sign/action'],
    ['POST', '/keys/a/0123/sign', 'sign/action'],
    ['POST', '/keys/a//verify', 'verify/action'],
  ])('of %s %s is %s on keys', (method, path, action) => {
    expect(actionOf(method, path)).toBe(`Microsoft.KeyVault/vaults/keys/${action}`);
  });
});

describe('forbiddenByRbac', () => {
  it('names caller, action and vault, as the service does', () => {
    const error = forbiddenByRbac({ oid: 'me', appid: 'app' }, 'x/y', vaultIdOf('srcvault.vault.source.test'));
    expect(error).toMatchObject({ status: 403, code: 'Forbidden', innerCode: 'ForbiddenByRbac' });
    expect(error.message).toMatch(/^Caller is not authorized to perform action on resource\.\n/);
    expect(error.message).toContain('appid=app;oid=me;');
    expect(error.message).toContain("\nAction: 'x/y'\n");
    expect(error.message).toContain('Vault: srcvault;');
  });
});
