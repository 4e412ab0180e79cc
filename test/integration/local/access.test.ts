import {
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { containerIdOf, storageAccountId } from '../../../local/names.ts';
import { type AccessWorld, outcomeOf, startAccessWorld } from './access-world.ts';

const READER = 'bbbbbbbb-0000-4000-8000-000000000001';
const SIGNER = 'bbbbbbbb-0000-4000-8000-000000000002';
const MINUTE_MS = 60_000;
const MISMATCH = '403 AuthorizationPermissionMismatch';
const ACCOUNT = storageAccountId('srcstore');
const API = 'api-version=2023-05-01';
let world: AccessWorld;

beforeAll(async () => {
  world = await startAccessWorld();
  for (const name of ['transfer', 'other']) {
    const container = world.owner().getContainerClient(name);
    await container.create();
    await container.getBlockBlobClient('there').upload('bytes', 5);
  }
});
afterAll(() => world?.stop());

const there = (service = world.owner(), container = 'transfer') =>
  service.getContainerClient(container).getBlockBlobClient('there');

function serviceSas(key: string): string {
  const values = { containerName: 'transfer', permissions: ContainerSASPermissions.parse('r') };
  const expiresOn = new Date(Date.now() + 10 * MINUTE_MS);
  return generateBlobSASQueryParameters(
    { ...values, expiresOn },
    new StorageSharedKeyCredential('srcstore', key),
  ).toString();
}

describe('an identity', () => {
  it('may do at a container what its roles there allow, and nothing elsewhere', async () => {
    const service = world.identity(READER);
    expect(await outcomeOf(there(service).download())).toBe(MISMATCH);
    await world.operator.assign('source', READER, 'Storage Blob Data Reader', containerIdOf('srcstore', 'transfer'));
    expect(await outcomeOf(there(service).download())).toBe('done');
    expect(await outcomeOf(there(service).upload('x', 1))).toBe(MISMATCH);
    expect(await outcomeOf(there(service).delete())).toBe('403 AuthorizationPermissionMismatch');
    expect(await outcomeOf(there(service, 'other').download())).toBe(MISMATCH);
    expect(await outcomeOf(service.createContainer('mine'))).toBe(MISMATCH);
    await world.operator.unassign('source', READER, 'Storage Blob Data Reader', containerIdOf('srcstore', 'transfer'));
    expect(await outcomeOf(there(service).download())).toBe(MISMATCH);
  });

  it('gets a delegation key only where a role at the account says so', async () => {
    const keyOf = () => world.identity(SIGNER).getUserDelegationKey(new Date(), new Date(Date.now() + 30 * MINUTE_MS));
    await world.operator.assign(
      'source',
      SIGNER,
      'Storage Blob Data Contributor',
      containerIdOf('srcstore', 'transfer'),
    );
    expect(await outcomeOf(keyOf())).toBe(MISMATCH);
    await world.operator.assign('source', SIGNER, 'Storage Blob Delegator', ACCOUNT);
    expect((await keyOf()).signedObjectId).toBe(SIGNER);
  });

  it('that owns the subscription has no blobs of it', async () => {
    expect(await outcomeOf(there(world.identity('aaaaaaaa-0000-4000-8000-000000000002')).download())).toBe(MISMATCH);
  });
});

describe('a user delegation SAS', () => {
  it('loses what its signer loses, and all with the keys', async () => {
    const start = new Date(Date.now() - MINUTE_MS);
    const key = await world.identity(SIGNER).getUserDelegationKey(start, new Date(Date.now() + 30 * MINUTE_MS));
    const values = { permissions: ContainerSASPermissions.parse('rl'), expiresOn: key.signedExpiresOn };
    const sasFor = (containerName: string) =>
      generateBlobSASQueryParameters({ ...values, containerName }, key, 'srcstore').toString();
    const read = () => outcomeOf(there(world.signed(sasFor('transfer'))).download());
    expect(await read()).toBe('done');
    expect(await outcomeOf(there(world.signed(sasFor('other')), 'other').download())).toBe(MISMATCH);
    await world.operator.unassign(
      'source',
      SIGNER,
      'Storage Blob Data Contributor',
      containerIdOf('srcstore', 'transfer'),
    );
    expect(await read()).toBe(MISMATCH);
    await world.operator.assign('source', SIGNER, 'Storage Blob Data Reader', containerIdOf('srcstore', 'transfer'));
    expect(await read()).toBe('done');
    await world.operator.arm('source', 'POST', `${ACCOUNT}/revokeUserDelegationKeys?${API}`);
    expect(await read()).toBe('403 AuthenticationFailed');
  });
});

describe('the account through ARM', () => {
  it('has two keys, and a SAS dies with the key that signed it', async () => {
    const { body } = await world.operator.arm('source', 'POST', `${ACCOUNT}/listKeys?${API}`);
    const [key1, key2] = (body as { keys: { keyName: string; value: string }[] }).keys;
    expect([key1?.keyName, key2?.keyName]).toEqual(['key1', 'key2']);
    const tokens = [serviceSas(key1?.value ?? ''), serviceSas(key2?.value ?? '')];
    const read = () => Promise.all(tokens.map((sas) => outcomeOf(there(world.signed(sas)).download())));
    expect(await read()).toEqual(['done', 'done']);
    await world.operator.arm('source', 'POST', `${ACCOUNT}/regenerateKey?${API}`, { keyName: 'key2' });
    expect(await read()).toEqual(['done', '403 AuthenticationFailed']);
    expect(await outcomeOf(there().download())).toBe('done');
  });

  it('keeps everybody out by its network rules, but who they name', async () => {
    const change = (properties: object) => world.operator.arm('source', 'PATCH', `${ACCOUNT}?${API}`, { properties });
    const sas = serviceSas(world.accounts.get('srcstore').key1);
    const read = async () => [
      await outcomeOf(there().download()),
      await outcomeOf(there(world.signed(sas)).download()),
    ];
    await change({ networkAcls: { defaultAction: 'Deny' } });
    expect(await read()).toEqual(['403 AuthorizationFailure', '403 AuthorizationFailure']);
    await change({ networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '127.0.0.1' }] } });
    expect(await read()).toEqual(['done', 'done']);
    await change({ publicNetworkAccess: 'Disabled' });
    expect(await read()).toEqual(['403 AuthorizationFailure', '403 AuthorizationFailure']);
    await change({ publicNetworkAccess: 'Enabled', networkAcls: { defaultAction: 'Allow', ipRules: [] } });
    expect(await read()).toEqual(['done', 'done']);
  });

  it('takes no key once keys are switched off', async () => {
    const change = (allowSharedKeyAccess: boolean) =>
      world.operator.arm('source', 'PATCH', `${ACCOUNT}?${API}`, { properties: { allowSharedKeyAccess } });
    const sas = serviceSas(world.accounts.get('srcstore').key1);
    await change(false);
    expect(await outcomeOf(there().download())).toBe('403 KeyBasedAuthenticationNotPermitted');
    expect(await outcomeOf(there(world.signed(sas)).download())).toBe('403 KeyBasedAuthenticationNotPermitted');
    await change(true);
    expect(await outcomeOf(there(world.signed(sas)).download())).toBe('done');
  });
});

describe('the account key', () => {
  it('copies, sets access policies, and takes a SAS by its policy', async () => {
    const container = world.owner().getContainerClient('transfer');
    const accessPolicy = { expiresOn: new Date(Date.now() + 10 * MINUTE_MS), permissions: 'r' };
    await container.setAccessPolicy(undefined, [{ id: 'readers', accessPolicy }]);
    const key = new StorageSharedKeyCredential('srcstore', world.accounts.get('srcstore').key1);
    const sas = generateBlobSASQueryParameters({ containerName: 'transfer', identifier: 'readers' }, key).toString();
    expect(await outcomeOf(there(world.signed(sas)).download())).toBe('done');
    expect(await outcomeOf(there(world.signed(sas)).delete())).toBe(MISMATCH);
    const copy = container.getBlockBlobClient('copy with ü');
    await copy.syncCopyFromURL(`${there().url}?${sas}`);
    expect((await copy.downloadToBuffer()).toString()).toBe('bytes');
    await container.setAccessPolicy(undefined, []);
    expect(await outcomeOf(there(world.signed(sas)).download())).toBe('403 AuthenticationFailed');
  });
});
