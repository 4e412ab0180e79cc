import { findRole, ROLE_IDS } from '../../../../local/access/roles.ts';
import {
  assignmentsUnreadable,
  judgeIdentity,
  judgeRunRole,
  judgeSecretRole,
  judgeStorageRole,
  permissionsUnreadable,
} from '../../../../src/domain/checks/identity-checks.ts';
import { accountUnreadable } from '../../../../src/domain/checks/network-checks.ts';

const SUBSCRIPTION = '/subscriptions/11111111-2222-3333-4444-555555555555';
const ACCOUNT = `${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/acct`;
const CONTAINER = `${ACCOUNT}/blobServices/default/containers/transfer`;
const VAULT = `${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv`;
const REGISTRY = `${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/reg`;
const READER = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1';
const CONTRIBUTOR = 'BA92F5B4-2d11-453d-a403-e96b0029c9fe';
const SECRETS_USER = '4633458b-17de-408a-b874-0445c86b69e6';

const given = (role: string, scope: string, principalId = 'me') => ({
  side: 'source' as const,
  principalIds: ['me'],
  assignments: [{ principalId, scope, roleDefinitionId: `${SUBSCRIPTION}/x/roleDefinitions/${role}` }],
});

describe('judgeStorageRole', () => {
  it.each([
    ['on the container', given(CONTRIBUTOR, CONTAINER), 'storageWrite'],
    ['on the account, in other letter case', given(CONTRIBUTOR, ACCOUNT.toUpperCase()), 'storageWrite'],
    ['on the subscription', given(CONTRIBUTOR, SUBSCRIPTION), 'storageWrite'],
    ['to read only, where that is enough', given(READER, CONTAINER), 'storageRead'],
  ] as const)('takes a role %s', (_, facts, purpose) => {
    expect(judgeStorageRole(facts, CONTAINER, purpose)).toMatchObject({ status: 'ok', remedy: '' });
  });

  it.each([
    ['a reader that has to write', given(READER, CONTAINER)],
    ['another container', given(CONTRIBUTOR, `${CONTAINER}2`)],
    ['another identity', given(CONTRIBUTOR, CONTAINER, 'the registry')],
  ])('does not take a role of %s', (_, facts) => {
    expect(judgeStorageRole(facts, CONTAINER, 'storageWrite')).toMatchObject({
      code: 'IDENTITY_ROLE_MISSING',
      status: 'fault',
      remedy:
        "Assign Storage Blob Data Contributor on the container to the pipeline's identity (not to the registry's).",
    });
  });
});

describe('judgeSecretRole', () => {
  const secret = { vault: 'kv', secret: 'sas' };

  it.each([VAULT, `${VAULT}/secrets/SAS`, SUBSCRIPTION, `${SUBSCRIPTION}/resourceGroups/any`])('takes %s', (scope) => {
    expect(judgeSecretRole(given(SECRETS_USER, scope), secret).status).toBe('ok');
  });

  it.each([`${VAULT}2`, `${VAULT}/secrets/other`, REGISTRY])('warns of %s', (scope) => {
    expect(judgeSecretRole(given(SECRETS_USER, scope), secret)).toMatchObject({
      code: 'IDENTITY_SECRET_RIGHT_MISSING',
      status: 'warning',
      remedy: "Assign Key Vault Secrets User to the pipeline's identity, or see that the vault's access policy has it.",
    });
  });
});

describe('judgeRunRole', () => {
  const RUNS = 'Microsoft.ContainerRegistry/registries/pipelineRuns';
  const role = (actions: readonly string[], notActions: readonly string[] = []) => ({ actions, notActions });
  const own = findRole(ROLE_IDS['ACR Transfer Operator'])?.actions ?? [];

  it.each([
    ['the role that the templates define', [role(own)]],
    [
      'the built-in role',
      [role(findRole(ROLE_IDS['Container Registry Transfer Pipeline Contributor'])?.actions ?? [])],
    ],
    ['an owner', [role(['*'])]],
    ['two roles of which each allows a half, in any case', [role(['*/READ']), role([`${RUNS}/write`.toUpperCase()])]],
  ])('takes %s', (_, permissions) => {
    expect(judgeRunRole('source', permissions, REGISTRY)).toMatchObject({ status: 'ok', remedy: '' });
  });

  it.each([
    ['who may only read', [role(['*/read'])], `not allowed: ${RUNS}/write`],
    ['whose role takes it away again', [role(['*'], [`${RUNS}/*`])], `not allowed: ${RUNS}/read, ${RUNS}/write`],
    ['who may do it with other pipelines', [role([`${RUNS}x/*`])], `not allowed: ${RUNS}/read, ${RUNS}/write`],
  ])('finds a fault with one %s', (_, permissions, found) => {
    expect(judgeRunRole('source', permissions, REGISTRY)).toMatchObject({
      code: 'APP_PIPELINE_RIGHT_MISSING',
      status: 'fault',
      found,
      remedy: expect.stringContaining('ACR Transfer Operator'),
    });
  });
});

describe('what cannot be judged', () => {
  it('is a fault for a pipeline without an identity', () => {
    expect(judgeIdentity('target', '/p', [])).toMatchObject({
      code: 'IDENTITY_MISSING',
      status: 'fault',
      remedy: 'Deploy the pipeline again with an identity, then give that identity its rights.',
    });
    expect(judgeIdentity('target', '/p', ['me']).status).toBe('ok');
  });

  it('is a warning that names the right, for what could not be read', () => {
    expect(assignmentsUnreadable('source', '/scope', 'AuthorizationFailed')).toMatchObject({
      code: 'ROLE_ASSIGNMENTS_UNREADABLE',
      status: 'warning',
      found: 'role assignments on /scope were not read: AuthorizationFailed',
      remedy: "Give the app's identity Reader there (Microsoft.Authorization/roleAssignments/read).",
    });
    expect(permissionsUnreadable('source', REGISTRY, 'AuthorizationFailed')).toMatchObject({
      code: 'ROLE_ASSIGNMENTS_UNREADABLE',
      status: 'warning',
      remedy: expect.stringContaining('Microsoft.Authorization/permissions/read'),
    });
    expect(accountUnreadable('source', 'acct', 'AuthorizationFailed')).toMatchObject({
      code: 'STORAGE_ACCOUNT_UNREADABLE',
      status: 'warning',
      remedy: "Give the app's identity Reader on the storage account (Microsoft.Storage/storageAccounts/read).",
    });
  });
});
