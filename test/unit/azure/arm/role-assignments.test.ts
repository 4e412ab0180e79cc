import { listOwnPermissions } from '../../../../src/azure/arm/permissions.ts';
import { listRoleAssignments } from '../../../../src/azure/arm/role-assignments.ts';
import { type Cloud, KNOWN_CLOUDS } from '../../../../src/domain/cloud.ts';
import { type FakeService, fixedCredential, startFakeService } from '../fake-service.ts';

const subscription = '/subscriptions/00000000-0000-4000-8000-000000000001';
const registry = `${subscription}/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/contoso`;
const principalId = 'aaaaaaaa-0000-4000-8000-000000000001';
let arm: FakeService;
let side: { registry: string; cloud: Cloud };

beforeAll(async () => {
  arm = await startFakeService();
  side = { registry, cloud: { ...KNOWN_CLOUDS.AzurePublic, armEndpoint: arm.origin } };
});
afterAll(() => arm.stop());
beforeEach(() => {
  arm.seen = [];
});

const assignment = (scope: string) => ({
  id: `${scope}/providers/Microsoft.Authorization/roleAssignments/1`,
  properties: { principalId, roleDefinitionId: '/roleDefinitions/r', scope, principalType: 'ServicePrincipal' },
});
const list = (scope = registry) => listRoleAssignments(side, fixedCredential(), { scope, principalId, name: 'target' });

describe('listRoleAssignments', () => {
  it('asks at the scope for the principal, and follows pages', async () => {
    arm.reply = ({ query }) =>
      query.skip === '1'
        ? { status: 200, body: { value: [assignment(subscription)] } }
        : { status: 200, body: { value: [assignment(registry)], nextLink: `${arm.origin}/next?skip=1&api-version=x` } };
    await expect(list()).resolves.toEqual([
      { principalId, roleDefinitionId: '/roleDefinitions/r', scope: registry },
      { principalId, roleDefinitionId: '/roleDefinitions/r', scope: subscription },
    ]);
    expect(arm.seen[0]).toMatchObject({
      path: `${registry}/providers/Microsoft.Authorization/roleAssignments`,
      query: { 'api-version': '2022-04-01', $filter: `principalId eq '${principalId}'` },
    });
  });

  it('gives a refusal with its code and side', async () => {
    arm.reply = () => ({ status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } });
    await expect(list()).rejects.toMatchObject({ class: 'access', code: 'AuthorizationFailed', side: 'target' });
  });

  it('puts nothing into the filter that is no GUID', async () => {
    const asked = listRoleAssignments(side, fixedCredential(), { scope: registry, principalId: "x' or '1" });
    await expect(asked).rejects.toThrow(RangeError);
    expect(arm.seen).toHaveLength(0);
  });
});

describe('listOwnPermissions', () => {
  it('asks at the registry, follows pages, and takes a role without notActions', async () => {
    const more = { actions: ['*'], notActions: ['a/b'], dataActions: [] };
    arm.reply = ({ query }) =>
      query.skip === '1'
        ? { status: 200, body: { value: [more] } }
        : { status: 200, body: { value: [{ actions: ['*/read'] }], nextLink: `${arm.origin}/next?skip=1` } };
    await expect(listOwnPermissions(side, fixedCredential(), 'source')).resolves.toEqual([
      { actions: ['*/read'], notActions: [] },
      { actions: ['*'], notActions: ['a/b'] },
    ]);
    expect(arm.seen[0]).toMatchObject({
      path: `${registry}/providers/Microsoft.Authorization/permissions`,
      query: { 'api-version': '2022-04-01' },
    });
  });
});
