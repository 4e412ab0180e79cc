import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoleAssignments } from '../../../../local/access/role-assignments.ts';
import type { RoleMode } from '../../../../local/access/role-mode.ts';
import { registryIdOf } from '../../../../local/names.ts';
import { LOGIN_SERVER, pushImage, type RegistryFixture, startFixture, TOKENS } from './registry-fixture.ts';

const REGISTRY = registryIdOf(LOGIN_SERVER);
let dir: string;
let access: RoleAssignments;
let registry: RegistryFixture;
let mode: RoleMode;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'access-'));
  access = await RoleAssignments.open(join(dir, 'roles.json'));
  await access.grant('puller', 'AcrPull', REGISTRY);
  await access.grant('stranger', 'Storage Blob Data Owner', REGISTRY);
  mode = 'LegacyRegistryPermissions';
  registry = await startFixture(access.may, () => mode);
  await pushImage(registry, 'team/app', 'v1');
});
afterAll(async () => {
  await registry?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function post(path: string, form: Record<string, string>) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ service: LOGIN_SERVER, ...form }).toString();
  return registry.call('POST', path, { headers, authorization: null, body });
}

function exchange(oid: string) {
  const token = TOKENS.mint({ aud: 'https://management.source.test', oid });
  return post('/oauth2/exchange', { grant_type: 'access_token', access_token: token });
}

describe('the token service of a registry', () => {
  it('gives no refresh token to who has no role on its content', async () => {
    expect((await exchange('stranger')).status).toBe(401);
    expect((await exchange('puller')).status).toBe(200);
  });

  it('gives an access token no more than the roles do at that moment', async () => {
    const refresh = (await exchange('puller')).json.refresh_token;
    const bearer = async () => {
      const scope = 'repository:team/app:pull,push,delete registry:catalog:*';
      const answer = await post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: refresh, scope });
      return `Bearer ${answer.json.access_token}`;
    };
    const statusOf = async (method: string, path: string, authorization: string) =>
      (await registry.call(method, path, { authorization })).status;
    const pull = await bearer();
    expect(await statusOf('GET', '/v2/team/app/manifests/v1', pull)).toBe(200);
    expect(await statusOf('GET', '/v2/_catalog', pull)).toBe(200);
    expect(await statusOf('POST', '/v2/team/app/blobs/uploads/', pull)).toBe(401);
    expect(await statusOf('DELETE', '/v2/team/app/manifests/v1', pull)).toBe(401);
    await access.grant('puller', 'AcrPush', REGISTRY);
    expect(await statusOf('POST', '/v2/team/app/blobs/uploads/', await bearer())).toBe(202);
    for (const item of access.list(REGISTRY)) await access.delete(item);
    expect(await statusOf('GET', '/v2/team/app/manifests/v1', await bearer())).toBe(401);
  });
});

describe('the token service of a registry in the mode of repository roles', () => {
  const ROLES = ['Reader', 'Writer', 'Contributor', 'Catalog Lister'] as const;

  beforeAll(async () => {
    mode = 'AbacRepositoryPermissions';
    await access.grant('classic', 'AcrPush', REGISTRY);
    await access.grant('owner', 'Owner', REGISTRY);
    for (const role of ROLES) await access.grant(role, `Container Registry Repository ${role}`, REGISTRY);
  });
  afterAll(() => {
    mode = 'LegacyRegistryPermissions';
  });

  it.each(['classic', 'owner'])('gives nothing to who has only the role of an %s', async (oid) => {
    expect((await exchange(oid)).status).toBe(401);
  });

  it.each([
    ['Reader', 'pull,metadata_read', ''],
    ['Writer', 'pull,push,metadata_read,metadata_write', ''],
    ['Contributor', 'pull,push,delete,metadata_read,metadata_write', ''],
    ['Catalog Lister', '', '*'],
  ])('gives a %s the actions "%s" on repositories and "%s" on the catalog', async (oid, repository, catalog) => {
    const refresh = (await exchange(oid)).json.refresh_token;
    const scope = 'repository:team/app:pull,push,delete,metadata_read,metadata_write registry:catalog:*';
    const answer = await post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: refresh, scope });
    const claims = TOKENS.verify(answer.json.access_token, [LOGIN_SERVER]);
    expect(claims?.access).toEqual([
      { type: 'repository', name: 'team/app', actions: repository === '' ? [] : repository.split(',') },
      { type: 'registry', name: 'catalog', actions: catalog === '' ? [] : [catalog] },
    ]);
  });

  it('counts no repository role in the other mode', async () => {
    mode = 'LegacyRegistryPermissions';
    expect((await exchange('Contributor')).status).toBe(401);
    mode = 'AbacRepositoryPermissions';
    expect((await exchange('Contributor')).status).toBe(200);
  });
});
