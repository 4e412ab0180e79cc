import { join } from 'node:path';
import { RoleAssignments } from '../../../../local/access/role-assignments.ts';
import { ROLE_IDS } from '../../../../local/access/roles.ts';
import { resourcesOf, storageAccountId } from '../../../../local/names.ts';
import { StorageAccounts } from '../../../../local/storage/accounts.ts';
import { ArmFixture, EXPORT_PIPELINE, SOURCE, TARGET, TOKENS } from './arm-fixture.ts';

const fixture = new ArmFixture();
const { subscriptionId, resourceGroupId } = resourcesOf('source');
const SUBSCRIPTION = `/subscriptions/${subscriptionId}`;
const ACCOUNT = storageAccountId('srcstore');
const SOMEBODY = 'cccccccc-0000-4000-8000-000000000001';
const NAMES = ['dddddddd-0000-4000-8000-000000000001', 'dddddddd-0000-4000-8000-000000000002'];
let access: RoleAssignments;
let accounts: StorageAccounts;

beforeEach(async () => {
  await fixture.start();
  const keys = { srcstore: 'AAAA', tgtstore: 'BBBB', statestore: 'CCCC', tgtstate: 'DDDD' };
  access = await RoleAssignments.open(join(fixture.dir, 'access', 'roles.json'));
  accounts = await StorageAccounts.open(join(fixture.dir, 'storage'), keys);
  await access.grant('caller', 'Owner', SUBSCRIPTION);
  await fixture.restart({ access, accounts });
});
afterEach(() => fixture.stop());

const assignment = (index: number, scope = ACCOUNT) =>
  `${scope}/providers/Microsoft.Authorization/roleAssignments/${NAMES[index]}`;
const roleBody = (roleId: string, principalId = SOMEBODY) => ({
  properties: {
    principalId,
    roleDefinitionId: `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
  },
});
const as = (oid: string) => ({
  headers: { authorization: `Bearer ${TOKENS.mint({ aud: 'https://management.source.test', oid, appid: 'app-id' })}` },
});

describe('a caller of ARM', () => {
  it('without a role is refused in the words of ARM, before anything is looked for', async () => {
    for (const path of [`${SOURCE}/exportPipelines/there`, `${SOURCE}/exportPipelines/absent`]) {
      const { status, body } = await fixture.ask('GET', path, as(SOMEBODY));
      expect([status, body.error.code]).toEqual([403, 'AuthorizationFailed']);
      expect(body.error.message).toBe(
        `The client 'app-id' with object id '${SOMEBODY}' does not have authorization to perform action ` +
          `'Microsoft.ContainerRegistry/registries/exportPipelines/read' over scope '${path}' or the scope is invalid. ` +
          'If access was recently granted, please refresh your credentials.',
      );
    }
  });

  it('does what its role allows at the registry, and no more', async () => {
    await access.grant(SOMEBODY, 'Container Registry Transfer Pipeline Contributor', SOURCE);
    const pipeline = { ...as(SOMEBODY), body: EXPORT_PIPELINE };
    expect((await fixture.ask('PUT', `${SOURCE}/exportPipelines/mine1`, pipeline)).status).toBe(200);
    expect((await fixture.ask('GET', SOURCE, as(SOMEBODY))).status).toBe(403);
    expect((await fixture.ask('POST', `${SOURCE}/listCredentials`, as(SOMEBODY))).status).toBe(403);
  });

  it('is told what all its roles allow at a scope, if one of them lets it ask', async () => {
    const path = `${SOURCE}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`;
    await access.grant(SOMEBODY, 'AcrPull', SOURCE);
    await access.grant(SOMEBODY, 'Contributor', TARGET);
    expect((await fixture.ask('GET', path, as(SOMEBODY))).body.error.code).toBe('AuthorizationFailed');
    await access.grant(SOMEBODY, 'Reader', resourceGroupId);
    const { status, body } = await fixture.ask('GET', path, as(SOMEBODY));
    const none = { notActions: [], dataActions: [], notDataActions: [] };
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        value: [
          { actions: ['Microsoft.ContainerRegistry/registries/pull/read'], ...none },
          { actions: ['*/read'], ...none },
        ],
      },
    });
  });

  it('that owns one subscription has nothing in the other', async () => {
    expect((await fixture.get(SOURCE)).status).toBe(200);
    expect((await fixture.get(TARGET)).body.error.code).toBe('AuthorizationFailed');
  });
});

describe('role assignments through ARM', () => {
  it('are made, found, listed and deleted', async () => {
    const made = await fixture.put(assignment(0), roleBody(ROLE_IDS['Storage Blob Data Reader']));
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      id: assignment(0),
      name: NAMES[0],
      properties: { principalId: SOMEBODY, scope: ACCOUNT },
    });
    expect((await fixture.put(assignment(0), roleBody(ROLE_IDS['Storage Blob Data Reader']))).status).toBe(200);
    expect((await fixture.get(assignment(0))).body).toEqual(made.body);
    const list = `${ACCOUNT}/blobServices/default/containers/c/providers/Microsoft.Authorization/roleAssignments`;
    const filter = encodeURIComponent(`principalId eq '${SOMEBODY}'`);
    const listed = await fixture.get(`${list}?api-version=2022-04-01&$filter=${filter}`);
    expect(listed.body.value.map(({ id }) => id)).toEqual([assignment(0)]);
    expect((await fixture.get(list)).body.value).toHaveLength(2);
    expect((await fixture.ask('DELETE', assignment(0))).status).toBe(200);
    expect((await fixture.ask('DELETE', assignment(0))).status).toBe(204);
    expect((await fixture.get(assignment(0))).body.error.code).toBe('RoleAssignmentNotFound');
  });

  it('are refused when they exist by another name, change, or name no role', async () => {
    await fixture.put(assignment(0), roleBody(ROLE_IDS.Reader));
    const code = async (index: number, body: object) => {
      const answer = await fixture.put(assignment(index), body);
      return `${answer.status} ${answer.body.error.code}`;
    };
    expect(await code(1, roleBody(ROLE_IDS.Reader))).toBe('409 RoleAssignmentExists');
    expect(await code(0, roleBody(ROLE_IDS.Contributor))).toBe('409 RoleAssignmentUpdateNotPermitted');
    expect(await code(1, roleBody(NAMES[0] ?? ''))).toBe('400 RoleDefinitionDoesNotExist');
    expect(await code(1, roleBody(ROLE_IDS.Reader, 'nobody'))).toBe('400 InvalidParameter');
  });

  it('are not for a contributor to give', async () => {
    await access.grant(SOMEBODY, 'Contributor', resourceGroupId);
    const body = roleBody(ROLE_IDS.Owner);
    const answer = await fixture.ask('PUT', assignment(0, resourceGroupId), { ...as(SOMEBODY), body });
    expect([answer.status, answer.body.error.code]).toEqual([403, 'AuthorizationFailed']);
  });
});

describe('storage accounts through ARM', () => {
  it('show their rules and endpoints, and no key', async () => {
    const { body } = await fixture.get(ACCOUNT);
    expect(body).toMatchObject({
      id: ACCOUNT,
      properties: {
        primaryEndpoints: { blob: 'https://srcstore.blob.source.test/' },
        networkAcls: { defaultAction: 'Allow', ipRules: [] },
        allowSharedKeyAccess: true,
      },
    });
    expect(JSON.stringify(body)).not.toContain('AAAA');
  });

  it('are listed as far as the caller may see them', async () => {
    const list = `${SUBSCRIPTION}/providers/Microsoft.Storage/storageAccounts`;
    expect((await fixture.get(list)).body.value.map(({ name }) => name)).toEqual(['srcstore', 'statestore']);
    expect((await fixture.ask('GET', list, as(SOMEBODY))).body.value).toEqual([]);
    await access.grant(SOMEBODY, 'Reader', ACCOUNT);
    expect((await fixture.ask('GET', list, as(SOMEBODY))).body.value.map(({ name }) => name)).toEqual(['srcstore']);
  });

  it('give their keys to who may have them, and make one anew', async () => {
    await access.grant(SOMEBODY, 'Reader', ACCOUNT);
    const keys = `${ACCOUNT}/listKeys`;
    expect((await fixture.ask('POST', keys, as(SOMEBODY))).body.error.code).toBe('AuthorizationFailed');
    await access.grant(SOMEBODY, 'Storage Account Key Operator Service Role', ACCOUNT);
    expect((await fixture.ask('POST', keys, as(SOMEBODY))).body).toMatchObject({
      keys: [{ keyName: 'key1', value: 'AAAA' }, { keyName: 'key2' }],
    });
    const body = { keyName: 'key1' };
    expect((await fixture.ask('POST', `${ACCOUNT}/regenerateKey`, { body })).status).toBe(200);
    expect(accounts.get('srcstore').key1).not.toBe('AAAA');
    const reopened = await StorageAccounts.open(join(fixture.dir, 'storage'), {
      srcstore: 'x',
      tgtstore: 'x',
      statestore: 'x',
      tgtstate: 'x',
    });
    expect(reopened.get('srcstore')).toEqual(accounts.get('srcstore'));
  });

  it('refuse what they do not know', async () => {
    const code = async (method: string, path: string, body?: object) =>
      (await fixture.ask(method, path, body === undefined ? {} : { body })).body.error.code;
    expect(await code('POST', `${ACCOUNT}/regenerateKey`, { keyName: 'key3' })).toBe('InvalidParameter');
    expect(await code('PATCH', ACCOUNT, { properties: { networkAcls: { defaultAction: 'No' } } })).toBe(
      'InvalidParameter',
    );
    expect(await code('GET', ACCOUNT.replace('srcstore', 'nostore'))).toBe('ResourceNotFound');
    expect(await code('PUT', ACCOUNT, {})).toBe('NotEmulated');
    expect(await code('GET', `${ACCOUNT}?other=1`)).toBe('MissingApiVersionParameter');
  });
});
