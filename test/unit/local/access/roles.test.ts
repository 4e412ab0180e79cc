import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assignmentName, RoleAssignments } from '../../../../local/access/role-assignments.ts';
import { type Action, allows, findRole, ROLE_IDS, type RoleName } from '../../../../local/access/roles.ts';
import { operationOf } from '../../../../local/storage/operation.ts';

const GROUP = '/subscriptions/s/resourceGroups/g';
const ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/a`;
const READ: Action = { data: 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read' };

function allowsRole(name: RoleName, action: Action): boolean {
  const role = findRole(ROLE_IDS[name]);
  return role !== undefined && allows(role, action);
}

describe('a built-in role', () => {
  it('is found by its GUID or resource id, in any case', () => {
    const id = `/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/${ROLE_IDS.AcrPull.toUpperCase()}`;
    expect(findRole(id)?.name).toBe('AcrPull');
    expect(findRole('00000000-0000-0000-0000-000000000000')).toBeUndefined();
  });

  it.each<[RoleName, Action, boolean]>([
    ['Owner', { control: 'Microsoft.Authorization/roleAssignments/write' }, true],
    ['Owner', READ, false],
    ['Contributor', { control: 'Microsoft.ContainerRegistry/registries/pipelineRuns/write' }, true],
    ['Contributor', { control: 'microsoft.authorization/roleassignments/write' }, false],
    ['Contributor', { control: 'Microsoft.Authorization/roleAssignments/read' }, true],
    ['Reader', { control: 'Microsoft.ContainerRegistry/registries/pull/read' }, true],
    ['Reader', { control: 'Microsoft.Storage/storageAccounts/listKeys/action' }, false],
    [
      'Storage Account Key Operator Service Role',
      { control: 'Microsoft.Storage/storageAccounts/listKeys/action' },
      true,
    ],
    ['Storage Blob Data Reader', READ, true],
    ['Storage Blob Delegator', READ, false],
    ['Key Vault Secrets User', { data: 'Microsoft.KeyVault/vaults/secrets/getSecret/action' }, true],
    ['Key Vault Secrets User', { data: 'Microsoft.KeyVault/vaults/secrets/setSecret/action' }, false],
    ['Key Vault Secrets Officer', { data: 'Microsoft.KeyVault/vaults/secrets/setSecret/action' }, true],
    ['AcrPull', { control: 'Microsoft.ContainerRegistry/registries/push/write' }, false],
    ['AcrPush', { control: 'Microsoft.ContainerRegistry/registries/importImage/action' }, false],
    [
      'Container Registry Data Importer and Data Reader',
      { control: 'Microsoft.ContainerRegistry/registries/importImage/action' },
      true,
    ],
    [
      'Container Registry Transfer Pipeline Contributor',
      { control: 'Microsoft.ContainerRegistry/registries/write' },
      false,
    ],
  ])('%s with %j: %s', (name, action, expected) => {
    expect(allowsRole(name, action)).toBe(expected);
  });
});

describe('role assignments', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'access-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('hold at their scope and below, for their principal alone, in any case', async () => {
    const store = await RoleAssignments.open(join(dir, 'roles.json'));
    await store.grant('Me', 'Storage Blob Data Reader', ACCOUNT);
    expect(store.may('me', `${ACCOUNT.toUpperCase()}/blobServices/default/containers/c`, READ)).toBe(true);
    expect(store.may('me', `${ACCOUNT}b`, READ)).toBe(false);
    expect(store.may('me', GROUP, READ)).toBe(false);
    expect(store.may('you', ACCOUNT, READ)).toBe(false);
    expect(store.list(GROUP)).toHaveLength(1);
    expect(store.list(`${ACCOUNT}/blobServices/default/containers/c`)).toHaveLength(1);
    expect(store.list(`${GROUP}/providers/Microsoft.KeyVault/vaults/v`)).toEqual([]);
  });

  it('survive a restart, and are given once', async () => {
    const path = join(dir, 'roles.json');
    const store = await RoleAssignments.open(path);
    await Promise.all([store.grant('me', 'Reader', GROUP), store.grant('me', 'Owner', GROUP)]);
    await store.grant('me', 'Reader', GROUP);
    const again = await RoleAssignments.open(path);
    expect(again.list(GROUP)).toHaveLength(2);
    const reader = again.get(GROUP, assignmentName(GROUP, 'me', 'Reader'));
    if (!reader) throw new Error('it was kept');
    await again.delete(reader);
    expect((await RoleAssignments.open(path)).may('me', ACCOUNT, { control: 'a/read' })).toBe(true);
    expect(JSON.parse(await readFile(path, 'utf8'))).toHaveLength(1);
  });

  it('that cannot be read are named by their file', async () => {
    const path = join(dir, 'roles.json');
    await writeFile(path, '{"no":"list"}');
    await expect(RoleAssignments.open(path)).rejects.toThrow(path);
  });
});

describe('operationOf', () => {
  const BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs';

  it.each<[string, string, object]>([
    ['GET', '/?comp=list', { level: 's', serviceSas: '', accountSas: 'l' }],
    ['HEAD', '/c?restype=container', { level: 'c', container: 'c', serviceSas: '', accountSas: 'r' }],
    ['GET', '/c?restype=container&comp=list', { level: 'c', serviceSas: 'l', action: { data: `${BLOBS}/read` } }],
    ['GET', '/c/a%20b/c', { level: 'o', container: 'c', blob: 'a b/c', serviceSas: 'r' }],
    ['GET', '/b', { level: 'o', container: '$root', blob: 'b' }],
    ['PUT', '/c/b', { serviceSas: 'w', mayCreate: true, action: { data: `${BLOBS}/write` } }],
    ['PUT', '/c/b?comp=block&blockid=AA', { serviceSas: 'w', mayCreate: false }],
    ['PUT', '/c/b?comp=appendblock', { serviceSas: 'aw' }],
    ['DELETE', '/c/b', { serviceSas: 'd', action: { data: `${BLOBS}/delete` } }],
    ['PUT', '/c?restype=container&comp=acl', { serviceSas: '', accountSas: '' }],
    ['POST', '/c?restype=container&comp=unheard', { serviceSas: '', accountSas: '' }],
  ])('of %s %s', (method, path, expected) => {
    expect(operationOf(method, new URL(`https://a.blob.source.test${path}`))).toMatchObject(expected);
  });
});
