import { resourcesOf } from '../../../../local/names.ts';
import { ArmFixture, EXPORT_PIPELINE, SOURCE } from './arm-fixture.ts';

const fixture = new ArmFixture();
beforeEach(() => fixture.start());
afterEach(() => fixture.stop());

const providers = '/providers/Microsoft.ContainerRegistry/registries';
const { subscriptionId, resourceGroup } = resourcesOf('source');

describe('registries', () => {
  it('are listed by subscription and by group', async () => {
    const bySubscription = await fixture.get(`/subscriptions/${subscriptionId}${providers}`);
    const byGroup = await fixture.get(`/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}${providers}`);
    expect(bySubscription.body.value.map(({ id }: { id: string }) => id)).toEqual([SOURCE]);
    expect(byGroup.body).toEqual(bySubscription.body);
  });

  it('are Premium and have the properties that clients read', async () => {
    const { body } = await fixture.get(SOURCE);
    expect(body.sku).toEqual({ name: 'Premium', tier: 'Premium' });
    expect(body.properties).toMatchObject({
      loginServer: 'srcregistry.azurecr.source.test',
      provisioningState: 'Succeeded',
      adminUserEnabled: true,
      policies: { exportPolicy: { status: 'enabled' } },
      publicNetworkAccess: 'Enabled',
    });
  });

  it('keep what a PATCH leaves out, and a restart keeps what it changed', async () => {
    await fixture.ask('PATCH', SOURCE, { body: { tags: { team: 'a' } } });
    const body = { properties: { adminUserEnabled: false, policies: { retentionPolicy: { days: 3 } } } };
    expect((await fixture.ask('PATCH', SOURCE, { body })).status).toBe(200);
    await fixture.restart();
    const answer = await fixture.get(SOURCE);
    expect(answer.body.tags).toEqual({ team: 'a' });
    expect(answer.body.properties.adminUserEnabled).toBe(false);
    expect(answer.body.properties.policies).toEqual({
      retentionPolicy: { days: 3 },
      exportPolicy: { status: 'enabled' },
    });
  });
});

describe('which roles count at a registry', () => {
  it('is a property that can be changed, to what Azure has and to nothing else', async () => {
    const change = (roleAssignmentMode: string) =>
      fixture.ask('PATCH', SOURCE, { body: { properties: { roleAssignmentMode } } });
    expect((await fixture.get(SOURCE)).body.properties.roleAssignmentMode).toBe('LegacyRegistryPermissions');
    expect((await change('AbacRepositoryPermissions')).body.properties.roleAssignmentMode).toBe(
      'AbacRepositoryPermissions',
    );
    const refused = await change('Abac');
    expect(refused.status).toBe(400);
    expect(refused.body.error.message).toContain('LegacyRegistryPermissions, AbacRepositoryPermissions');
    await fixture.restart();
    expect((await fixture.get(SOURCE)).body.properties.roleAssignmentMode).toBe('AbacRepositoryPermissions');
  });
});

describe('a registry of another tier', () => {
  it.each(['Basic', 'Standard'])('%s has no pipelines and no runs, and says so; what was there stays', async (name) => {
    await fixture.put(`${SOURCE}/exportPipelines/before`, EXPORT_PIPELINE);
    const changed = await fixture.ask('PATCH', SOURCE, { body: { sku: { name } } });
    expect([changed.status, changed.body.sku]).toEqual([200, { name, tier: name }]);
    for (const path of ['exportPipelines/later', 'pipelineRuns/later']) {
      const target = { name: 'a.tar' };
      const request = { pipelineResourceId: `${SOURCE}/exportPipelines/before`, artifacts: ['a:v1'], target };
      const body = path.startsWith('pipelineRuns') ? { properties: { request } } : EXPORT_PIPELINE;
      const refused = await fixture.put(`${SOURCE}/${path}`, body);
      expect([refused.status, refused.body.error.code]).toEqual([400, 'SkuNotSupported']);
      expect(refused.body.error.message).toMatch(new RegExp(`SKU ${name}, allowed: Premium`));
    }
    expect((await fixture.get(`${SOURCE}/exportPipelines/before`)).status).toBe(200);
    await fixture.ask('PATCH', SOURCE, { body: { sku: { name: 'Premium' } } });
    expect((await fixture.put(`${SOURCE}/exportPipelines/later`, EXPORT_PIPELINE)).status).toBe(200);
  });
});

describe('credentials of the admin user', () => {
  const ask = (action: string, body?: unknown) => fixture.ask('POST', `${SOURCE}/${action}`, { body });

  it('are the configured password, twice, until one is made anew', async () => {
    const { body } = await ask('listCredentials');
    expect(body.username).toBe('admin');
    expect(body.passwords).toEqual([
      { name: 'password', value: 'first' },
      { name: 'password2', value: 'first' },
    ]);
  });

  it('change one at a time', async () => {
    const before = (await ask('listCredentials')).body;
    const after = (await ask('regenerateCredential', { name: 'password2' })).body;
    expect(after.passwords[0]).toEqual(before.passwords[0]);
    expect(after.passwords[1]).not.toEqual(before.passwords[1]);
    expect((await ask('listCredentials')).body).toEqual(after);
  });

  it('refuse a third name', async () => {
    const answer = await ask('regenerateCredential', { name: 'password3' });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toBe("name: found 'password3', allowed: password, password2.");
  });

  it('are refused while the admin user is disabled', async () => {
    await fixture.ask('PATCH', SOURCE, { body: { properties: { adminUserEnabled: false } } });
    const answer = await ask('listCredentials');
    expect([answer.status, answer.body.error.code]).toEqual([400, 'UnAuthorizedForCredentialOperations']);
  });
});

describe('the export policy', () => {
  const disabled = {
    properties: { publicNetworkAccess: 'Disabled', policies: { exportPolicy: { status: 'disabled' } } },
  };

  it('can be disabled only with the public network', async () => {
    const body = { properties: { policies: { exportPolicy: { status: 'disabled' } } } };
    const answer = await fixture.ask('PATCH', SOURCE, { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain('publicNetworkAccess');
  });

  it('forbids new export pipelines', async () => {
    expect((await fixture.ask('PATCH', SOURCE, { body: disabled })).status).toBe(200);
    const answer = await fixture.put(`${SOURCE}/exportPipelines/toTarget`, EXPORT_PIPELINE);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'ExportPolicyDisabled']);
  });

  it('cannot be disabled while there is an export pipeline', async () => {
    await fixture.put(`${SOURCE}/exportPipelines/toTarget`, EXPORT_PIPELINE);
    const answer = await fixture.ask('PATCH', SOURCE, { body: disabled });
    expect([answer.status, answer.body.error.code]).toEqual([400, 'InvalidParameter']);
  });
});
