import { APP_IDENTITY, containerIdOf, resourcesOf, storageAccountId } from '../../local/names.ts';
import { openContainer } from '../../src/azure/blobs/storage.ts';
import { signContainerSasWithKey } from '../../src/azure/sas/account-key-sas.ts';
import { mintContainerSas } from '../../src/azure/sas/sas.ts';
import { createCredential } from '../../src/azure/sign-in/credential.ts';
import { type Check, routeCheckSchema } from '../../src/domain/checks/check.ts';
import { makeContainer, putPipeline, widenAppRoles } from '../support/arm.ts';
import { CHECKED_ROUTES, containerOf, TOKEN_ROUTES, writeToken } from '../support/checked-routes.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const [route] = CHECKED_ROUTES;
const HOUR_MS = 3_600_000;
const { vaultUrl } = resourcesOf('source');
/** What cannot be read of a registry, vault or account that is not there. */
const UNREADABLE = ['ROLE_ASSIGNMENTS_UNREADABLE', 'STORAGE_ACCOUNT_UNREADABLE'];

beforeAll(async () => {
  const settings = {
    ROUTES_JSON: JSON.stringify([...CHECKED_ROUTES, { name: 'xfaulty' }]),
    SIDE_XSTRAY_TARGET__blobServiceUri: 'https://tgtstore.blob.target.test',
  };
  cloud = await startTestStack({ storageAccess: 'SasToken', settings });
  await cloud.rotateTokens();
});
afterAll(() => cloud?.stop());

function open(side: 'source' | 'target', name: string) {
  return openContainer(containerOf(side, name), createCredential(cloud.route[side]), side);
}

/** A pipeline as a platform team would have it, on a container of its own. */
async function makePipeline(name: string, change: Partial<Parameters<typeof putPipeline>[3]> = {}): Promise<void> {
  const uri = containerOf('source', name);
  await makeContainer(cloud, 'source', name);
  await putPipeline(cloud, 'source', name, { uri, options: ['OverwriteBlobs', 'ContinueOnErrors'], ...change });
}

async function putSecret(name: string, value: string): Promise<string> {
  const meta = { expiresAt: new Date(Date.now() + HOUR_MS), contentType: 'text/plain', tags: {} };
  return (await cloud.vault('source').set(name, value, meta)).version;
}

function mint(name: string, permissions: string): Promise<string> {
  const credential = createCredential(cloud.route.source);
  const [startsAt, expiresAt] = [new Date(Date.now() - HOUR_MS), new Date(Date.now() + 30 * HOUR_MS)];
  return mintContainerSas({ containerUrl: containerOf('source', name), credential, permissions, startsAt, expiresAt });
}

async function check(name: string, body?: object): Promise<Check[]> {
  const answer = await cloud.call(`/routes/${name}/check`, { method: 'POST', ...(body ? { body } : {}) });
  expect(answer.status).toBe(200);
  expect(JSON.stringify(answer.body)).not.toContain('sig=');
  const { route: checked, checkedAt, checks } = routeCheckSchema.parse(answer.body);
  expect(checked).toBe(name);
  expect(Date.now() - Date.parse(checkedAt)).toBeLessThan(HOUR_MS);
  return checks;
}

/** What is wrong: `side status code`. */
async function faultsOf(name: string, body?: object): Promise<string[]> {
  const wrong = (await check(name, body)).filter(({ status, code }) => status !== 'ok' && !UNREADABLE.includes(code));
  return wrong.map(({ side, status, code }) => `${side} ${status} ${code}`);
}

describe('the check of the sample route', () => {
  it('finds every precondition met', async () => {
    const checks = await check(cloud.route.name);
    const wrong = checks.filter(({ status }) => status !== 'ok');
    expect(wrong).toEqual([]);
    const tried = checks.filter(({ code }) => code === 'SAS_REFUSED');
    expect(tried.map(({ side, status }) => [side, status])).toEqual([
      ['source', 'ok'],
      ['target', 'ok'],
    ]);
  });

  it('leaves nothing behind', async () => {
    await check(cloud.route.name);
    for (const side of ['source', 'target'] as const) {
      for await (const { name } of cloud.container(side).list()) throw new Error(`${name} is in the ${side}`);
    }
  });
});

describe('the check of a token', () => {
  beforeAll(async () => {
    for (const name of TOKEN_ROUTES) await makePipeline(name, { keyVaultUri: `${vaultUrl}/secrets/${name}` });
    await putSecret('xexpired', writeToken({ se: '2026-01-01T00:00:00Z', st: '2025-12-31T00:00:00Z' }));
    await putSecret('xfuture', writeToken({ st: new Date(Date.now() + HOUR_MS).toISOString() }));
    await putSecret('xreadonly', await mint('xreadonly', 'rl'));
    await putSecret('xmalformed', 'hello');
    await putSecret('xhttp', writeToken({ spr: 'https,http' }));
    await putSecret('xtampered', (await mint('xtampered', 'rawl')).replace(/sp=[a-z]+/, 'sp=rawdl'));
    await cloud.vault('source').disable('xdisabled', await putSecret('xdisabled', await mint('xdisabled', 'rawl')));
    await putSecret('xfine', `?${await mint('xfine', 'rawl')}`);
    const version = await putSecret('xpinned', await mint('xpinned', 'rawl'));
    await makePipeline('xpinned', { keyVaultUri: `${vaultUrl}/secrets/xpinned/${version}` });
    await makePipeline('xnovault', { keyVaultUri: 'https://novault.vault.source.test/secrets/sas' });
    await makePipeline('xbaduri', { keyVaultUri: 'https://srcvault.vault.target.test/secrets/sas' });
  });

  it.each([
    ['xfine', []],
    ['xexpired', ['source fault SAS_EXPIRED']],
    ['xfuture', ['source fault SAS_NOT_YET_VALID']],
    ['xreadonly', ['source fault SAS_MISSING_PERMISSION']],
    ['xmalformed', ['source fault SAS_MALFORMED']],
    ['xhttp', ['source fault SAS_HTTP_ALLOWED']],
    ['xtampered', ['source fault SAS_SIGNATURE_REFUSED']],
    ['xdisabled', ['source fault SECRET_DISABLED']],
    ['xmissing', ['source fault SECRET_MISSING']],
    ['xpinned', ['source fault SECRET_VERSION_PINNED']],
    ['xnovault', ['source fault VaultNotFound']],
    ['xbaduri', ['source fault SECRET_URI_INVALID']],
  ])('finds of %s: %j', async (name, expected) => {
    expect(await faultsOf(name)).toEqual(expected);
  });
});

describe('the check of registry, pipeline and container', () => {
  beforeAll(async () => {
    await widenAppRoles(cloud, 'source');
    await makeContainer(cloud, 'source', 'xnopipeline');
    await putPipeline(cloud, 'source', 'xnocontainer', {
      uri: containerOf('source', 'xnocontainer'),
      options: ['OverwriteBlobs', 'ContinueOnErrors'],
    });
    await makePipeline('xmismatch', { uri: containerOf('source', 'elsewhere') });
    await makePipeline('xshared');
    await makePipeline('xsharing', { uri: containerOf('source', 'xshared') });
    await makePipeline('xoptions', { options: [] });
  });

  it.each([
    ['xnoregistry', ['source fault REGISTRY_NOT_FOUND', 'source fault PIPELINE_NOT_FOUND']],
    ['xnopipeline', ['source fault PIPELINE_NOT_FOUND']],
    ['xnocontainer', ['source fault CONTAINER_NOT_FOUND']],
    ['xmismatch', ['source fault CONTAINER_MISMATCH']],
    ['xshared', ['source fault CONTAINER_SHARED']],
    ['xoptions', ['source warning CONTINUE_ON_ERRORS_OFF', 'source warning OVERWRITE_BLOBS_OFF']],
  ])('finds of %s: %j', async (name, expected) => {
    const found = await faultsOf(name);
    for (const fault of expected) expect(found).toContain(fault);
    if (name !== 'xnoregistry') expect(found).toEqual(expected);
  });

  it('names the pipeline that shares the container', async () => {
    const shared = (await check('xshared')).find(({ code, status }) => code === 'CONTAINER_SHARED' && status !== 'ok');
    expect(shared?.found).toBe('also used by xsharing');
  });
});

describe('the check of rights and rules', () => {
  const { account, vaultId, resourceGroupId } = resourcesOf('source');
  const accountId = storageAccountId(account);
  const identityOf = async (name: string) =>
    (await cloud.pipelines('source').getExportPipeline(name))?.identity?.principalId ?? '';
  const patchAccount = (properties: object) =>
    cloud.operator.arm('source', 'PATCH', `${accountId}?api-version=2023-05-01`, { properties });
  const postAccount = (action: string, body?: object) =>
    cloud.operator.arm('source', 'POST', `${accountId}/${action}?api-version=2023-05-01`, body);

  it('finds an identity without a role on its container', async () => {
    await makePipeline('xnorole');
    expect(await faultsOf('xnorole')).toEqual([]);
    const scope = containerIdOf(account, 'xnorole');
    await cloud.operator.unassign('source', await identityOf('xnorole'), 'Storage Blob Data Contributor', scope);
    expect(await faultsOf('xnorole')).toEqual(['source fault IDENTITY_ROLE_MISSING']);
  });

  it('finds an identity that may not read its secret, and an app that may not either', async () => {
    await cloud.operator.unassign('source', await identityOf('xfine'), 'Key Vault Secrets User', vaultId);
    expect(await faultsOf('xfine')).toEqual(['source warning IDENTITY_SECRET_RIGHT_MISSING']);
    const app = APP_IDENTITY.objectId;
    const scopes = [vaultId, resourceGroupId];
    for (const scope of scopes) await cloud.operator.unassign('source', app, 'Key Vault Secrets Officer', scope);
    try {
      const found = await faultsOf('xfine');
      expect(found).toEqual(['source warning IDENTITY_SECRET_RIGHT_MISSING', 'source fault ForbiddenByRbac']);
    } finally {
      for (const scope of scopes) await cloud.operator.assign('source', app, 'Key Vault Secrets Officer', scope);
    }
  });

  it('finds a token whose account key was regenerated', async () => {
    await makePipeline('xoldkey', { keyVaultUri: `${vaultUrl}/secrets/xoldkey` });
    const { keys } = (await postAccount('listKeys')).body as { keys: { value: string }[] };
    const container = { containerUrl: containerOf('source', 'xoldkey'), accountKey: keys[0]?.value ?? '' };
    const [startsAt, expiresAt] = [new Date(Date.now() - HOUR_MS), new Date(Date.now() + 30 * HOUR_MS)];
    await putSecret('xoldkey', signContainerSasWithKey(container, { permissions: 'rawl', startsAt, expiresAt }));
    expect(await faultsOf('xoldkey')).toEqual([]);
    await postAccount('regenerateKey', { keyName: 'key1' });
    expect(await faultsOf('xoldkey')).toEqual(['source fault SAS_SIGNATURE_REFUSED']);
  });

  it('finds network rules that keep the registry out', async () => {
    await patchAccount({ networkAcls: { defaultAction: 'Deny' } });
    try {
      const found = await faultsOf('xnopipeline');
      expect(found).toContain('source fault STORAGE_NETWORK_BLOCKED');
      expect(found).toContain('source fault APP_READ_DENIED');
    } finally {
      await patchAccount({ networkAcls: { defaultAction: 'Allow' } });
    }
    expect(await faultsOf('xnopipeline')).toEqual(['source fault PIPELINE_NOT_FOUND']);
  });
});

describe('the check of archives and trigger', () => {
  it("finds what ACR's trigger would pass over, and a trigger that is off", async () => {
    const container = open('target', 'xstray');
    await makeContainer(cloud, 'target', 'xstray');
    await putPipeline(cloud, 'target', 'xstray', {
      uri: container.url,
      options: ['OverwriteTags', 'ContinueOnErrors'],
      trigger: 'Disabled',
    });
    const block = Buffer.from('one').toString('base64');
    await container.stageBlock('no-md5.tar', block, Buffer.from('an archive'));
    await container.commitBlocks('no-md5.tar', [block], { metadata: { category: 'acr-transfer-blob' } });
    await container.writeText('no-category.tar', 'an archive');
    const wrong = (await check('xstray')).filter(({ status, code }) => status !== 'ok' && !UNREADABLE.includes(code));
    expect(wrong.map(({ side, status, code, found }) => [side, status, code, found])).toEqual([
      ['target', 'warning', 'TRIGGER_DISABLED', 'source trigger Disabled; import.auto mirror'],
      ['target', 'warning', 'ARCHIVE_WITHOUT_MD5', '1: no-md5.tar'],
      ['target', 'warning', 'ARCHIVE_WITHOUT_CATEGORY', '1: no-category.tar'],
    ]);
  });
});

describe('the check of artifacts', () => {
  it('names what is missing, misspelt, or has foreign layers', async () => {
    const registry = cloud.stack.registry('source');
    const foreign = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: `sha256:${'f'.repeat(64)}`,
      size: 1000,
      urls: ['https://mcr.microsoft.com/layer'],
    };
    await pushImage(registry, 'c/good', 'v1', buildImage({ seed: 71, layerSizes: [10] }));
    await pushImage(registry, 'c/windows', 'v1', buildImage({ seed: 72, layerSizes: [10], statedLayers: [foreign] }));
    const artifacts = ['c/good:v1', 'c/windows:v1', 'c/none:v1', 'Not A Name'];
    const wrong = (await check(cloud.route.name, { artifacts })).filter(({ status }) => status === 'fault');
    expect(wrong.map(({ code }) => code)).toEqual(['FOREIGN_LAYER', 'ARTIFACT_NOT_FOUND', 'REFERENCE_INVALID']);
    expect(wrong[0]?.found).toBe(`c/windows:v1: ${foreign.digest} (${foreign.mediaType})`);
    expect(wrong[0]?.remedy).toContain('Push those layers into the source registry first');
  });
});

describe('a check', () => {
  it.each([
    ['a route that is not there', 'nosuchroute', '', 404, 'ROUTE_NOT_FOUND'],
    ['a faulty route', 'xfaulty', '', 503, 'ROUTE_NOT_USABLE'],
    ['text that is not JSON', route.name, '{', 400, 'REQUEST_INVALID'],
    ['an unknown key', route.name, { artifact: 'a:1' }, 400, 'REQUEST_INVALID'],
    ['101 artifacts', route.name, { artifacts: Array.from({ length: 101 }, () => 'a:1') }, 400, 'REQUEST_INVALID'],
  ])('of %s is refused', async (_, name, body, status, code) => {
    const answer = await cloud.call(`/routes/${name}/check`, { method: 'POST', body });
    expect(answer.status).toBe(status);
    expect(answer.body.type).toBe(`urn:acr-transfer:problem:${code}`);
  });
});
