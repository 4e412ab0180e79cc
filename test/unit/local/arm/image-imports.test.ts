import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RoleAssignments } from '../../../../local/access/role-assignments.ts';
import type { RoleName } from '../../../../local/access/roles.ts';
import type { CopyImage, ImageCopy } from '../../../../local/arm/copy-image.ts';
import { RunFailure } from '../../../../local/arm/run-failure.ts';
import { resourcesOf } from '../../../../local/names.ts';
import { type Answer, ArmFixture, registrySettings, SOURCE, TARGET, TOKENS } from './arm-fixture.ts';

const fixture = new ArmFixture();
const { subscriptionId, loginServer } = resourcesOf('source');
const SUBSCRIPTION = `/subscriptions/${subscriptionId}`;
const TEAM = SOURCE.replace('srcregistry', 'teamregistry');
const SOMEBODY = 'cccccccc-0000-4000-8000-000000000001';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const team = { ...registrySettings('source'), id: TEAM, loginServer: 'teamregistry.azurecr.source.test' };
const registries = [registrySettings('source'), registrySettings('target'), team];

let copies: ImageCopy[];
let copyImage: CopyImage;
beforeEach(async () => {
  copies = [];
  copyImage = async (copy) => void copies.push(copy);
  await fixture.start({ registries, copyImage: (copy, signal) => copyImage(copy, signal) });
});
afterEach(() => fixture.stop());

const BODY = { source: { resourceId: TEAM, sourceImage: 'app:v1' }, targetTags: ['app:v1'] };
const withSource = (source: object, more = {}) => ({ ...BODY, source: { ...BODY.source, ...source }, ...more });
const start = (body: unknown, more = {}) => fixture.ask('POST', `${SOURCE}/importImage`, { body, ...more });
const resultOf = ({ headers }: Answer, more = {}) => {
  const { pathname, search } = new URL(headers.location ?? '');
  return fixture.ask('GET', `${pathname}${search}`, more);
};
const as = (oid: string) => ({
  headers: { authorization: `Bearer ${TOKENS.mint({ aud: 'https://management.source.test', oid, appid: 'app-id' })}` },
});

describe('the body of importImage', () => {
  it.each<[string, object, string, string]>([
    ['nothing', {}, 'source', 'sourceImage'],
    ['no image', { source: { resourceId: TEAM }, targetTags: ['app'] }, 'source.sourceImage', 'repository:tag'],
    ['no registry', withSource({ resourceId: undefined }), 'source.registryUri', 'resourceId'],
    ['two registries', withSource({ registryUri: loginServer }), 'source.registryUri', 'nothing beside resourceId'],
    [
      'another resource',
      withSource({ resourceId: `${TEAM}/x/y` }),
      'source.resourceId',
      'the resource id of a registry',
    ],
    ['a path', withSource({ resourceId: '', registryUri: 'a.test/b' }), 'source.registryUri', 'the host of a registry'],
    ['a bad name', withSource({ sourceImage: 'App:v1' }), 'source.sourceImage', 'repository@sha256'],
    ['a bad digest', withSource({ sourceImage: 'app@sha256:12' }), 'source.sourceImage', 'repository@sha256'],
    ['a bad tag', { ...BODY, targetTags: ['app:v1', 'app:-'] }, 'targetTags.1', 'repository:tag'],
    ['a target digest', { ...BODY, targetTags: [`app@${DIGEST}`] }, 'targetTags.0', 'repository:tag'],
    [
      'a tag of an untagged',
      { ...BODY, untaggedTargetRepositories: ['a:b'] },
      'untaggedTargetRepositories.0',
      'repository',
    ],
    ['no target', { ...BODY, targetTags: [] }, 'targetTags', 'untaggedTargetRepositories'],
    ['another mode', { ...BODY, mode: 'Maybe' }, 'mode', 'NoForce, Force'],
  ])('with %s is refused, naming what is allowed', async (_what, body, target, allowed) => {
    const { status, body: answer } = await start(body);
    expect([status, answer.error.code, answer.error.target]).toEqual([400, 'InvalidParameter', target]);
    expect(answer.error.message).toContain(allowed);
    expect(copies).toEqual([]);
  });

  it('with credentials of another shape is refused without telling them', async () => {
    const { status, body } = await start(withSource({ credentials: { username: 'me', password: 190_283 } }));
    expect([status, body.error.target]).toEqual([400, 'source.credentials']);
    expect(JSON.stringify(body)).not.toContain('190283');
  });

  it.each<[string, object, Partial<ImageCopy>]>([
    ['app', { targetTags: ['new'] }, { reference: 'latest', targets: [{ repository: 'new', tag: 'latest' }] }],
    ['app:v1', { targetTags: ['new'] }, { reference: 'v1', targets: [{ repository: 'new', tag: 'v1' }] }],
    [`app@${DIGEST}`, { targetTags: ['a/b'] }, { reference: DIGEST, targets: [{ repository: 'a/b', tag: 'latest' }] }],
    [
      'app:v1',
      { targetTags: ['a:1', 'b:2'], untaggedTargetRepositories: ['c'], mode: 'force' },
      { isForced: true, targets: [{ repository: 'a', tag: '1' }, { repository: 'b', tag: '2' }, { repository: 'c' }] },
    ],
  ])('of %s with %j', async (sourceImage, more, expected) => {
    expect((await start(withSource({ sourceImage }, more))).status).toBe(202);
    await fixture.arm?.settled();
    expect(copies).toEqual([expect.objectContaining({ repository: 'app', isForced: false, ...expected })]);
  });
});

describe('an import', () => {
  it.each(['2017-10-01', '2019-12-01-preview', '2025-11-01', '2026-03-01-preview'])(
    'of version %s is polled by its Location: 202 until it has ended, then 200',
    async (version) => {
      let end = () => {};
      copyImage = () => new Promise<void>((resolve) => (end = resolve));
      const taken = await fixture.ask('POST', `${SOURCE}/importImage?api-version=${version}`, { body: BODY });
      expect([taken.status, taken.body, taken.headers['retry-after']]).toEqual([202, null, '1']);
      expect(taken.headers.location).toMatch(
        new RegExp(
          `${SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/locations/LOCAL/operationResults/registries-[0-9a-f-]{36}\\?api-version=${version}$`,
        ),
      );
      const going = await resultOf(taken);
      expect([going.status, going.headers.location]).toEqual([202, taken.headers.location]);
      end();
      await fixture.arm?.settled();
      expect(await resultOf(taken)).toMatchObject({ status: 200, body: { status: 'Succeeded' } });
    },
  );

  it.each([
    ['Conflict', 409],
    ['TooManyManifests', 400],
  ])('that fails with %s answers %i at its Location', async (code, status) => {
    copyImage = () => Promise.reject(new RunFailure(code, 'Because.'));
    const taken = await start(BODY);
    await fixture.arm?.settled();
    expect(await resultOf(taken)).toMatchObject({ status, body: { error: { code, message: 'Because.' } } });
  });

  it.each<[string, object, string, string]>([
    ['a foreign registry', { registryUri: 'docker.io' }, 'SourceRegistryUnreachable', 'docker.io cannot be reached'],
    ['the other cloud', { registryUri: resourcesOf('target').loginServer }, 'SourceRegistryUnreachable', loginServer],
    ['its own cloud, anonymously', { registryUri: `https://${loginServer}` }, 'Unauthorized', 'source.credentials'],
  ])('by the login server of %s fails, saying why', async (_what, source, code, text) => {
    const taken = await start(withSource({ resourceId: '', ...source }));
    await fixture.arm?.settled();
    const { status, body } = await resultOf(taken);
    expect([status, body.error.code]).toEqual([400, code]);
    expect(body.error.message).toContain(text);
  });

  it('from a registry whose exports are disabled fails, but not within it', async () => {
    const properties = { publicNetworkAccess: 'Disabled', policies: { exportPolicy: { status: 'disabled' } } };
    expect((await fixture.ask('PATCH', TEAM, { body: { properties } })).status).toBe(200);
    const taken = await start(BODY);
    const within = await fixture.ask('POST', `${TEAM}/importImage`, { body: BODY });
    await fixture.arm?.settled();
    expect((await resultOf(taken)).body.error.code).toBe('ExportPolicyDisabled');
    expect((await resultOf(within)).status).toBe(200);
  });

  it('begins again after a restart; what needed credentials fails, for they are not kept', async () => {
    copyImage = (_copy, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject()));
    const taken = await start(BODY);
    const credentials = { username: 'admin', password: 'top-secret' };
    const secret = await start(withSource({ resourceId: '', registryUri: team.loginServer, credentials }));
    expect((await resultOf(secret)).status).toBe(202);
    await fixture.arm?.stop();
    const dir = join(fixture.dir, 'image-imports');
    const kept = await Promise.all((await readdir(dir)).map((file) => readFile(join(dir, file), 'utf8')));
    expect([kept.length, kept.join().includes('top-secret')]).toEqual([2, false]);
    copyImage = async (copy) => void copies.push(copy);
    await fixture.restart();
    await fixture.arm?.settled();
    expect([copies.length, (await resultOf(taken)).status]).toEqual([1, 200]);
    expect((await resultOf(secret)).body.error.message).toContain('interrupted, and its credentials were not kept');
  });

  it('is into a registry, with a method and by an operation that are there', async () => {
    const absent = SOURCE.replace('srcregistry', 'another');
    expect((await fixture.ask('POST', `${absent}/importImage`, { body: BODY })).body.error.code).toBe(
      'ResourceNotFound',
    );
    expect((await fixture.ask('GET', `${SOURCE}/importImage`)).status).toBe(405);
    for (const resourceId of [absent, TARGET]) {
      expect(await start(withSource({ resourceId }))).toMatchObject({
        status: 404,
        body: { error: { code: 'ResourceNotFound' } },
      });
    }
    const path = `${SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/locations/LOCAL/operationResults/registries-1`;
    expect(await fixture.get(path)).toMatchObject({ status: 404, body: { error: { code: 'OperationNotFound' } } });
  });
});

describe('who may import', () => {
  let access: RoleAssignments;
  beforeEach(async () => {
    access = await RoleAssignments.open(join(fixture.dir, 'access', 'roles.json'));
    await access.grant('caller', 'Owner', SUBSCRIPTION);
    await fixture.restart({ registries, access, copyImage: (copy, signal) => copyImage(copy, signal) });
  });

  it.each<[string, RoleName[], RoleName[], number, string]>([
    ['no role', [], ['Reader'], 403, 'AuthorizationFailed'],
    ['the right to push', ['AcrPush'], ['Reader'], 403, 'AuthorizationFailed'],
    ['the right to import, and no right at the source', ['Contributor'], [], 403, "action 'read' on the linked scope"],
    ['the rights to import and to pull', ['Contributor'], ['AcrPull'], 403, "action 'read' on the linked scope"],
    ['the rights to import and to read', ['Container Registry Data Importer and Data Reader'], ['Reader'], 202, ''],
  ])('with %s: %j, at the source %j: %i', async (_what, atTarget, atSource, status, text) => {
    for (const role of atTarget) await access.grant(SOMEBODY, role, SOURCE);
    for (const role of atSource) await access.grant(SOMEBODY, role, TEAM);
    const answer = await start(BODY, as(SOMEBODY));
    expect(answer.status).toBe(status);
    if (status === 403) expect(JSON.stringify(answer.body.error)).toContain(text);
    await fixture.arm?.settled();
    expect(copies.length).toBe(status === 202 ? 1 : 0);
  });

  it('may pull by the roles that count at the source', async () => {
    const mode = { properties: { roleAssignmentMode: 'AbacRepositoryPermissions' } };
    expect((await fixture.ask('PATCH', TEAM, { body: mode })).status).toBe(200);
    await access.grant(SOMEBODY, 'Contributor', SOURCE);
    await access.grant(SOMEBODY, 'Reader', TEAM);
    const { status, body } = await start(BODY, as(SOMEBODY));
    expect([status, body.error.code]).toEqual([403, 'LinkedAuthorizationFailed']);
    expect(body.error.message).toContain("action 'repositories/content/read'");
    await access.grant(SOMEBODY, 'Container Registry Repository Reader', TEAM);
    expect((await start(BODY, as(SOMEBODY))).status).toBe(202);
  });

  it('may ask for the result, and so may who reads the subscription, but nobody else', async () => {
    await access.grant(SOMEBODY, 'Contributor', SOURCE);
    await access.grant(SOMEBODY, 'Reader', TEAM);
    const taken = await start(BODY, as(SOMEBODY));
    await fixture.arm?.settled();
    expect((await resultOf(taken, as(SOMEBODY))).status).toBe(200);
    expect((await resultOf(taken)).status).toBe(200);
    expect((await resultOf(taken, as('stranger'))).body.error.code).toBe('AuthorizationFailed');
  });
});
