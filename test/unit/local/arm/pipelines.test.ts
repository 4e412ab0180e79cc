import { TENANT_ID } from '../../../../local/names.ts';
import { ArmFixture, EXPORT_PIPELINE, IMPORT_PIPELINE, SAS_TARGET, SOURCE, TARGET } from './arm-fixture.ts';

const EXPORT = `${SOURCE}/exportPipelines/toTarget`;
const IMPORT = `${TARGET}/importPipelines/fromSource`;
const fixture = new ArmFixture();
beforeEach(() => fixture.start({ pageSize: 2 }));
afterEach(() => fixture.stop());

const withTarget = (target: object) => ({ properties: { target } });

describe('PUT of an export pipeline', () => {
  it('answers 200 Succeeded at once, with a principal, and GET answers the same', async () => {
    const made = await fixture.put(EXPORT, { ...EXPORT_PIPELINE, location: 'westus' });
    expect(made.status).toBe(200);
    expect(made.headers['azure-asyncoperation']).toBeUndefined();
    expect(made.body).toMatchObject({
      id: EXPORT,
      name: 'toTarget',
      type: 'Microsoft.ContainerRegistry/registries/exportPipelines',
      location: 'WESTUS',
      identity: { type: 'systemAssigned', tenantId: TENANT_ID, principalId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      systemData: { createdBy: 'app', createdAt: expect.stringMatching(/\.\d{7}\+00:00$/) },
      properties: { target: { ...SAS_TARGET, storageAccessMode: 'SasToken' }, provisioningState: 'Succeeded' },
    });
    expect(made.body.properties.options).toBeUndefined();
    expect((await fixture.get(EXPORT)).body).toEqual(made.body);
  });

  it('keeps principal and creation when it is put again, and takes the new properties', async () => {
    const made = await fixture.put(EXPORT, EXPORT_PIPELINE);
    const options = ['OverwriteBlobs', 'ContinueOnErrors'];
    const body = { ...EXPORT_PIPELINE, properties: { target: SAS_TARGET, options } };
    const again = await fixture.put(EXPORT, body);
    expect(again.body.identity).toEqual(made.body.identity);
    expect(again.body.systemData.createdAt).toBe(made.body.systemData.createdAt);
    expect(again.body.properties.options).toEqual(options);
  });

  it('gives another principal after a deletion', async () => {
    const made = await fixture.put(EXPORT, EXPORT_PIPELINE);
    await fixture.ask('DELETE', EXPORT);
    const again = await fixture.put(EXPORT, EXPORT_PIPELINE);
    expect(again.body.identity.principalId).not.toBe(made.body.identity.principalId);
  });

  it('drops a placeholder secret beside ManagedIdentity', async () => {
    const made = await fixture.put(EXPORT, withTarget({ ...SAS_TARGET, storageAccessMode: 'ManagedIdentity' }));
    expect(made.body.properties.target).toEqual({
      type: 'AzureStorageBlobContainer',
      uri: SAS_TARGET.uri,
      storageAccessMode: 'ManagedIdentity',
    });
  });

  it('keeps user-assigned identities under the ids as sent', async () => {
    const id = '/subscriptions/s/resourcegroups/G/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one';
    const identity = { type: 'userassigned', userAssignedIdentities: { [id]: {} } };
    const { body } = await fixture.put(EXPORT, { ...EXPORT_PIPELINE, identity });
    expect(body.identity.type).toBe('userAssigned');
    expect(body.identity.principalId).toBeUndefined();
    expect(body.identity.userAssignedIdentities[id]?.principalId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['without a target', { properties: {} }, 'properties.target: found nothing'],
    ['without a container', withTarget({ keyVaultUri: 'x' }), 'properties.target.uri: found nothing'],
    ['with an empty secret', withTarget({ ...SAS_TARGET, keyVaultUri: '' }), 'keyVaultUri: found nothing'],
    ['with another mode', withTarget({ ...SAS_TARGET, storageAccessMode: 'Key' }), "storageAccessMode: found 'Key'"],
    [
      'with another option',
      { properties: { target: SAS_TARGET, options: ['OverwriteBlob'] } },
      "found 'OverwriteBlob'",
    ],
    ['with another identity', { ...EXPORT_PIPELINE, identity: { type: 'Mine' } }, "identity.type: found 'Mine'"],
  ])('is refused %s, naming what was found and what is allowed', async (_, body, message) => {
    const answer = await fixture.put(EXPORT, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain(message);
    expect(answer.body.error.message.startsWith(`${answer.body.error.target}: found `)).toBe(true);
    expect(answer.body.error.message).toContain('allowed: ');
    expect((await fixture.get(EXPORT)).status).toBe(404);
  });

  it.each(['four', 'with-hyphen', 'under_score', 'a'.repeat(51)])('is refused for the name %s', async (name) => {
    const answer = await fixture.put(`${SOURCE}/exportPipelines/${name}`, EXPORT_PIPELINE);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain(name);
  });
});

describe('an older api-version', () => {
  const old = (path: string) => `${path}?api-version=2023-01-01-preview`;

  it('requires a secret and knows no storageAccessMode', async () => {
    const target = { uri: SAS_TARGET.uri, storageAccessMode: 'ManagedIdentity' };
    const refused = await fixture.put(old(EXPORT), withTarget(target));
    expect(refused.body.error.message).toContain('required in 2023-01-01-preview');
    const made = await fixture.put(old(EXPORT), withTarget(SAS_TARGET));
    expect(made.body.properties.target).toEqual(SAS_TARGET);
    expect((await fixture.get(EXPORT)).body.properties.target.storageAccessMode).toBe('SasToken');
  });
});

describe('PUT of an import pipeline', () => {
  it('enables the trigger when none is sent', async () => {
    const { body } = await fixture.put(IMPORT, IMPORT_PIPELINE);
    expect(body.properties.trigger).toEqual({ sourceTrigger: { status: 'Enabled' } });
  });

  it('echoes the trigger that was sent', async () => {
    const properties = { source: SAS_TARGET, trigger: { sourceTrigger: { status: 'Disabled' } } };
    const { body } = await fixture.put(IMPORT, { properties });
    expect(body.properties.trigger).toEqual(properties.trigger);
  });

  it('refuses another status', async () => {
    const properties = { source: SAS_TARGET, trigger: { sourceTrigger: { status: 'On' } } };
    const { body } = await fixture.put(IMPORT, { properties });
    expect(body.error.message).toBe("properties.trigger.sourceTrigger.status: found 'On', allowed: Enabled, Disabled.");
  });
});

describe('DELETE of a pipeline', () => {
  it('answers 200, then 204', async () => {
    await fixture.put(EXPORT, EXPORT_PIPELINE);
    const first = await fixture.ask('DELETE', EXPORT);
    const second = await fixture.ask('DELETE', EXPORT);
    expect([first.status, first.body, second.status]).toEqual([200, undefined, 204]);
  });
});

describe('the list of pipelines', () => {
  it('comes in pages, oldest first, and only of its registry and type', async () => {
    const names = ['pipeZ', 'pipeY', 'pipeX', 'pipeW', 'pipeV'];
    for (const name of names) await fixture.put(`${SOURCE}/exportPipelines/${name}`, EXPORT_PIPELINE);
    await fixture.put(IMPORT, IMPORT_PIPELINE);
    const found: string[] = [];
    let path: string | undefined = `${SOURCE}/exportPipelines`;
    let pages = 0;
    while (path !== undefined) {
      const { body } = await fixture.get(path);
      found.push(...body.value.map(({ name }: { name: string }) => name));
      path = body.nextLink?.slice(new URL(body.nextLink).origin.length);
      pages += 1;
    }
    expect(found).toEqual(names);
    expect(pages).toBe(3);
  });

  it('refuses a token that is none of its own', async () => {
    const { status } = await fixture.get(`${SOURCE}/exportPipelines?api-version=2025-06-01-preview&$skipToken=x`);
    expect(status).toBe(400);
  });

  it('survives a restart', async () => {
    const made = await fixture.put(EXPORT, EXPORT_PIPELINE);
    await fixture.restart();
    expect((await fixture.get(EXPORT)).body).toEqual(made.body);
  });
});
