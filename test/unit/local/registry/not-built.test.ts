import { type RegistryFixture, startFixture } from './registry-fixture.ts';

let registry: RegistryFixture;

beforeAll(async () => {
  registry = await startFixture();
});
afterAll(() => registry?.stop());

describe('the local registry', () => {
  it.each([
    ['POST', '/acr/v1/_metadata/_query'],
    ['POST', '/acr/v1/team/app/_metadata/_query'],
    ['GET', '/acr/v1/_deleted/_catalog'],
    ['GET', '/acr/v1/_deleted/team/app/_tags'],
    ['GET', '/acr/v1/team/app/_quarantine'],
    ['PATCH', '/acr/v1/team/app'],
    ['GET', '/helm/v1/repo/index.yaml'],
    ['GET', '/v2/_oci/ext/discover'],
  ])('has not built %s %s, and says 501 with its name', async (method, path) => {
    const answer = await registry.call(method, `${path}?n=1`, { body: method === 'GET' ? '' : '{}' });
    expect([answer.status, answer.code]).toEqual([501, 'UNSUPPORTED']);
    expect(answer.message).toContain(`${method} ${path}`);
    expect(answer.message).not.toContain('?');
  });

  it.each([
    ['/v2/team/app/foo', 404],
    ['/v3/', 404],
    ['/acr/v2/team', 404],
    ['/acr/v1/_catalog', 200],
    ['/acr/v1/team/app/_tags', 404],
  ])('answers %s as the service does: %i', async (path, status) => {
    expect((await registry.call('GET', path)).status).toBe(status);
  });
});
