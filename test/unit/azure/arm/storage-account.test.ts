import { createStorageAccountOperations } from '../../../../src/azure/arm/storage-account.ts';
import { KNOWN_CLOUDS } from '../../../../src/domain/cloud.ts';
import { type FakeService, fixedCredential, startFakeService } from '../fake-service.ts';

const subscription = '/subscriptions/00000000-0000-4000-8000-000000000001';
const registry = `${subscription}/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/contoso`;
const idOf = (name: string) => `${subscription}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`;
let arm: FakeService;
let accounts: ReturnType<typeof createStorageAccountOperations>;

beforeAll(async () => {
  arm = await startFakeService();
  const cloud = { ...KNOWN_CLOUDS.AzurePublic, armEndpoint: arm.origin };
  accounts = createStorageAccountOperations({ registry, cloud }, fixedCredential(), 'source');
});
afterAll(() => arm.stop());
beforeEach(() => {
  arm.seen = [];
});

const account = (name: string, properties: object = {}) => ({ id: idOf(name), name, properties });

describe('StorageAccountOperations.find', () => {
  it('finds an account by its name on a later page of the subscription', async () => {
    const properties = {
      publicNetworkAccess: 'Enabled',
      networkAcls: { defaultAction: 'Deny' },
      allowSharedKeyAccess: false,
    };
    arm.reply = ({ query }) =>
      query.skip === '1'
        ? { status: 200, body: { value: [account('Second', properties)] } }
        : {
            status: 200,
            body: { value: [account('first')], nextLink: `${arm.origin}${registry}?skip=1&api-version=x` },
          };
    await expect(accounts.find('second')).resolves.toEqual({
      id: idOf('Second'),
      name: 'Second',
      publicNetworkAccess: 'Enabled',
      defaultAction: 'Deny',
      allowsSharedKey: false,
    });
    expect(arm.seen[0]).toMatchObject({
      method: 'GET',
      path: `${subscription}/providers/Microsoft.Storage/storageAccounts`,
      query: { 'api-version': '2023-05-01' },
      headers: { authorization: 'Bearer entra-token' },
    });
  });

  it('takes what is left out for its default, and gives undefined where there is no such account', async () => {
    arm.reply = () => ({ status: 200, body: { value: [account('first', { networkAcls: null })] } });
    await expect(accounts.find('first')).resolves.toMatchObject({ defaultAction: undefined, allowsSharedKey: true });
    await expect(accounts.find('other')).resolves.toBeUndefined();
  });

  it('gives a refusal with its code and side', async () => {
    arm.reply = () => ({ status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } });
    await expect(accounts.find('first')).rejects.toMatchObject({
      class: 'access',
      code: 'AuthorizationFailed',
      side: 'source',
    });
  });
});

describe('StorageAccountOperations.listKeys', () => {
  it('asks once by POST and gives the keys', async () => {
    const creationTime = '2026-01-01T00:00:00Z';
    arm.reply = () => ({
      status: 200,
      body: { keys: [{ keyName: 'key1', value: 'a2V5', permissions: 'FULL', creationTime }] },
    });
    await expect(accounts.listKeys(idOf('acct'))).resolves.toEqual([
      { name: 'key1', value: 'a2V5', createdAt: creationTime },
    ]);
    expect(arm.seen).toEqual([expect.objectContaining({ method: 'POST', path: `${idOf('acct')}/listKeys` })]);
  });

  it('shows no key in the error of an answer that it does not understand', async () => {
    arm.reply = () => ({ status: 200, body: { keys: [{ keyName: 1, value: 'topsecret' }] } });
    const failed: Error = (await accounts.listKeys(idOf('acct')).catch((error: Error) => error)) as Error;
    expect(failed).toMatchObject({ code: 'UNEXPECTED_ANSWER' });
    expect(JSON.stringify([failed, failed.message, String(failed.cause)])).not.toContain('topsecret');
  });

  it('asks nothing about what is no account', async () => {
    await expect(accounts.listKeys(registry)).rejects.toThrow(/allowed: the resource id of a storage account/);
    expect(arm.seen).toHaveLength(0);
  });
});
