import { join } from 'node:path';
import { RoleAssignments } from '../../../../local/access/role-assignments.ts';
import { resourcesOf, storageAccountId } from '../../../../local/names.ts';
import { StorageAccounts } from '../../../../local/storage/accounts.ts';
import { ArmFixture, SOURCE, send, TOKENS } from './arm-fixture.ts';

const fixture = new ArmFixture();
const { subscriptionId, resourceGroupId } = resourcesOf('source');
const SUBSCRIPTION = `/subscriptions/${subscriptionId}`;
const READER = 'cccccccc-0000-4000-8000-000000000001';
const TYPE = 'Microsoft.ContainerRegistry/registries';
let access: RoleAssignments;

beforeEach(async () => {
  await fixture.start();
  const keys = { srcstore: 'AAAA', tgtstore: 'BBBB', statestore: 'CCCC', tgtstate: 'DDDD' };
  access = await RoleAssignments.open(join(fixture.dir, 'access', 'roles.json'));
  const accounts = await StorageAccounts.open(join(fixture.dir, 'storage'), keys);
  await access.grant('caller', 'Owner', SUBSCRIPTION);
  await fixture.restart({ access, accounts });
});
afterEach(() => fixture.stop());

const as = (oid: string) => ({
  headers: { authorization: `Bearer ${TOKENS.mint({ aud: 'https://management.source.test', oid })}` },
});

describe('the resources of a subscription', () => {
  const list = (filter?: string, scope = SUBSCRIPTION, more = {}) => {
    const query = filter === undefined ? '' : `&$filter=${encodeURIComponent(filter)}`;
    return fixture.ask('GET', `${scope}/resources?api-version=2022-09-01${query}`, more);
  };
  const idsOf = async (filter?: string) => (await list(filter)).body.value.map(({ id }) => id);

  it('are found as `az acr … -n NAME` finds a registry without its group: by type, and the name is compared by the client', async () => {
    const { status, body } = await list(`resourceType eq '${TYPE}'`);
    expect([status, body.value]).toEqual([
      200,
      [
        {
          id: SOURCE,
          name: 'srcregistry',
          type: TYPE,
          location: 'local',
          tags: {},
          sku: { name: 'Premium', tier: 'Premium' },
        },
      ],
    ]);
  });

  it('are filtered by type, name and group in any case, together', async () => {
    const name = `resourceType eq '${TYPE.toUpperCase()}' and name eq 'SrcRegistry'`;
    expect(await idsOf(name)).toEqual([SOURCE]);
    expect(await idsOf(`${name} and resourceGroup eq 'TRANSFER'`)).toEqual([SOURCE]);
    expect(await idsOf(`${name} and resourceGroup eq 'other'`)).toEqual([]);
    expect(await idsOf("name eq 'o''brien'")).toEqual([]);
    const accounts = [storageAccountId('srcstore'), storageAccountId('statestore')];
    expect(await idsOf("resourceType eq 'Microsoft.Storage/storageAccounts'")).toEqual(accounts);
    expect(await idsOf()).toEqual([SOURCE, ...accounts]);
    expect((await list(undefined, resourceGroupId)).body.value.length).toBe(3);
  });

  it.each([
    ["substringof('src', name)", 501, 'NotEmulated'],
    ["tagName eq 'a' and tagValue eq 'b'", 501, 'NotEmulated'],
    ['name', 400, 'InvalidFilterInQueryString'],
    ["name eq 'a' and", 400, 'InvalidFilterInQueryString'],
  ])('are not listed by %s', async (filter, status, code) => {
    const answer = await list(filter);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it('are those that the caller may see', async () => {
    expect((await list(undefined, SUBSCRIPTION, as(READER))).body.value).toEqual([]);
    await access.grant(READER, 'Reader', SOURCE);
    expect((await list(undefined, SUBSCRIPTION, as(READER))).body.value.map(({ id }) => id)).toEqual([SOURCE]);
  });
});

describe('the check of a name', () => {
  const check = (body: object, more = {}) =>
    fixture.ask('POST', `${SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/checkNameAvailability`, {
      body,
      ...more,
    });

  it.each([
    ['brandnew', { nameAvailable: true }],
    [
      'SRCregistry',
      { nameAvailable: false, reason: 'AlreadyExists', message: 'The registry SRCregistry is already in use.' },
    ],
    ['a-b', { nameAvailable: false, reason: 'Invalid', message: expect.stringContaining('5 to 50') }],
  ])('of %s', async (name, expected) => {
    expect(await check({ name, type: TYPE })).toMatchObject({ status: 200, body: expected });
  });

  it('needs a name, the type of registries, and the right', async () => {
    expect((await check({ type: TYPE })).status).toBe(400);
    expect((await check({ name: 'brandnew', type: 'Microsoft.Web/sites' })).status).toBe(400);
    expect((await check({ name: 'brandnew' }, as(READER))).status).toBe(403);
  });
});

describe('the usages of a registry', () => {
  it('are by its tier, and hold what the registry holds', async () => {
    const usages = async () => (await fixture.get(`${SOURCE}/listUsages`)).body.value;
    expect((await usages())[0]).toEqual({ name: 'Size', limit: 536_870_912_000, currentValue: 0, unit: 'Bytes' });
    expect((await usages()).map(({ name }) => name)).toContain('PrivateEndpointConnections');
    await fixture.ask('PATCH', SOURCE, { body: { sku: { name: 'Basic' } } });
    expect((await usages()).map(({ name }) => name)).toEqual(['Size', 'Webhooks']);
    expect((await fixture.ask('POST', `${SOURCE}/listUsages`)).status).toBe(405);
  });
});

describe('what is not built', () => {
  it.each([
    ['POST', `${SOURCE}/importImage`],
    ['GET', `${SOURCE}/webhooks`],
    ['DELETE', SOURCE],
    ['GET', '/subscriptions'],
    ['GET', `${SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/locations/x/operationResults/y`],
  ])('%s %s is 501 with its name', async (method, path) => {
    const { status, body } = await fixture.ask(method, path);
    expect([status, body.error.code]).toEqual([501, 'NotEmulated']);
    expect(body.error.message).toContain(`${method} ${path}`);
  });

  it('is a body of 40 kB of brackets, which is refused', async () => {
    const headers = {
      authorization: `Bearer ${TOKENS.mint({ aud: 'https://management.source.test', oid: 'caller' })}`,
    };
    const path = `${SOURCE}?api-version=2025-06-01-preview`;
    const answer = await send({ method: 'PATCH', port: fixture.arm?.port, path, headers }, '['.repeat(40_000));
    expect([answer.status, answer.body.error.code]).toEqual([400, 'InvalidRequestContent']);
  });
});
