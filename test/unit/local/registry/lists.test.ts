import type { Answer, RegistryFixture } from './registry-fixture.ts';
import { LOGIN_SERVER, pushBlob, pushImage, startFixture } from './registry-fixture.ts';

const TAGS = ['V1', 'a', 'b', 'c', 'v1'];

let registry: RegistryFixture;
let digest: string;

beforeAll(async () => {
  registry = await startFixture();
  for (const tag of ['v1', 'c', 'a', 'b', 'V1']) digest = await pushImage(registry, 'team/app', tag);
  await pushImage(registry, 'team', 'late', ['other']);
  await pushImage(registry, 'z', 'v1');
  await pushBlob(registry, 'only-blobs', 'x');
});

afterAll(async () => {
  await registry?.stop();
});

/** Follows `Link` headers from a path; gives all pages. */
async function pages(path: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const answer = await registry.call('GET', next);
    expect(answer.status).toBe(200);
    answers.push(answer);
    next = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1];
  }
  return answers;
}

describe('tags/list', () => {
  it('gives all tags in order, capitals and small letters apart', async () => {
    const answer = await registry.call('GET', '/v2/team/app/tags/list');
    expect(answer.json).toEqual({ name: 'team/app', tags: TAGS });
    expect(answer.headers.link).toBeUndefined();
  });

  it('gives pages that together hold each tag once', async () => {
    const answers = await pages('/v2/team/app/tags/list?n=2');
    expect(answers.map(({ json }) => json.tags)).toEqual([['V1', 'a'], ['b', 'c'], ['v1']]);
  });

  it('begins after a tag that need not exist', async () => {
    expect((await registry.call('GET', '/v2/team/app/tags/list?last=aa')).json.tags).toEqual(['b', 'c', 'v1']);
    expect((await registry.call('GET', '/v2/team/app/tags/list?last=zz')).json.tags).toEqual([]);
  });

  it('gives none for n=0 and no next page', async () => {
    const answer = await registry.call('GET', '/v2/team/app/tags/list?n=0');
    expect([answer.json.tags, answer.headers.link]).toEqual([[], undefined]);
  });

  it.each(['-1', 'x', ''])('refuses n=%s', async (n) => {
    const answer = await registry.call('GET', `/v2/team/app/tags/list?n=${n}`);
    expect([answer.status, answer.code]).toEqual([400, 'PAGINATION_NUMBER_INVALID']);
  });

  it('does not know a repository without manifests', async () => {
    for (const name of ['nowhere', 'only-blobs']) {
      const answer = await registry.call('GET', `/v2/${name}/tags/list`);
      expect([answer.status, answer.code]).toEqual([404, 'NAME_UNKNOWN']);
    }
  });
});

describe.each(['/v2/_catalog', '/acr/v1/_catalog'])('%s', (path) => {
  it('gives the repositories that hold manifests, one inside the name of another too', async () => {
    expect((await registry.call('GET', path)).json).toEqual({ repositories: ['team', 'team/app', 'z'] });
  });

  it('gives pages', async () => {
    const answers = await pages(`${path}?n=1`);
    expect(answers.map(({ json }) => json.repositories)).toEqual([['team'], ['team/app'], ['z']]);
  });
});

describe("ACR's own lists", () => {
  it('of tags name digest and times', async () => {
    const answer = await registry.call('GET', '/acr/v1/team/app/_tags');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);

    expect(answer.json).toMatchObject({ registry: LOGIN_SERVER, imageName: 'team/app' });
    expect(answer.json.tags[0]).toMatchObject({ name: 'V1', digest, createdTime: time, lastUpdateTime: time });
    expect(answer.json.tags).toHaveLength(TAGS.length);
  });

  it('of tags come in the order of time, backwards when asked, in pages too', async () => {
    const times = async (query: string) =>
      (await pages(`/acr/v1/team/app/_tags?${query}`))
        .flatMap(({ json }) => json.tags as { name: string; lastUpdateTime: string }[])
        .map(({ lastUpdateTime }) => lastUpdateTime);
    const ascending = await times('orderby=timeasc&n=2');
    const descending = await times('orderby=timedesc&n=2');

    expect(ascending).toEqual(ascending.toSorted());
    expect(descending).toEqual(ascending.toReversed());
    expect(ascending).toHaveLength(TAGS.length);
  });

  it('of tags can be those of one digest', async () => {
    const other = await registry.call('GET', `/acr/v1/team/app/_tags?digest=sha256:${'0'.repeat(64)}`);
    const own = await registry.call('GET', `/acr/v1/team/app/_tags?digest=${digest}`);
    expect([other.json.tags.length, own.json.tags.length]).toEqual([0, TAGS.length]);
  });

  it('of manifests name type, size and tags', async () => {
    const answer = await registry.call('GET', '/acr/v1/team/_manifests');
    expect(answer.json.manifests).toEqual([
      expect.objectContaining({
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        configMediaType: 'application/vnd.oci.image.config.v1+json',
        imageSize: '{}'.length + 'other'.length,
        tags: ['late'],
      }),
    ]);
  });

  it('refuse another order, and do not know a repository without manifests', async () => {
    expect((await registry.call('GET', '/acr/v1/team/app/_tags?orderby=size')).status).toBe(400);
    expect((await registry.call('GET', '/acr/v1/only-blobs/_manifests')).code).toBe('NAME_UNKNOWN');
  });
});

describe("ACR's own calls on one thing", () => {
  const call = (method: string, path: string) => registry.call(method, `/acr/v1/${path}`);

  it('describe a repository, a tag and a manifest', async () => {
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
    expect((await call('GET', 'team/app')).json).toMatchObject({
      registry: LOGIN_SERVER,
      imageName: 'team/app',
      manifestCount: 1,
      tagCount: TAGS.length,
      createdTime: time,
      lastUpdateTime: time,
    });
    expect((await call('GET', 'team/app/_tags/V1')).json).toMatchObject({ tag: { name: 'V1', digest } });
    expect((await call('GET', `team/app/_manifests/${digest}`)).json).toMatchObject({
      manifest: { digest, tags: TAGS },
    });
  });

  it.each(['nowhere', 'team/app/_tags/none', `team/app/_manifests/sha256:${'0'.repeat(64)}`])(
    'do not know %s',
    async (path) => {
      expect((await call('GET', path)).status).toBe(404);
    },
  );

  it('take a tag away, and then the repository with all it has', async () => {
    const kept = await pushImage(registry, 'gone', 'v1', ['blob']);
    await pushImage(registry, 'gone', 'v2', ['blob']);
    const untagged = await call('DELETE', 'gone/_tags/v1');
    const tags = (await registry.call('GET', '/v2/gone/tags/list')).json.tags;
    const deleted = await call('DELETE', 'gone');

    expect([untagged.status, tags]).toEqual([202, ['v2']]);
    expect([deleted.status, deleted.json]).toEqual([202, { manifestsDeleted: [kept], tagsDeleted: ['v2'] }]);
    expect((await call('GET', 'gone')).code).toBe('NAME_UNKNOWN');
    expect((await registry.call('GET', `/v2/gone/manifests/${kept}`)).status).toBe(404);
    expect((await call('DELETE', 'gone')).status).toBe(404);
  });

  it.each(['team/app', 'team/app/_tags/V1'])(
    'that would lock %s say by name that they are not served',
    async (path) => {
      const answer = await call('PATCH', path);
      expect([answer.status, answer.message]).toEqual([501, expect.stringContaining(`PATCH /acr/v1/${path}`)]);
    },
  );
});
