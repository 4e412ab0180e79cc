import { dryRunSchema } from '../../src/domain/plan/dry-run.ts';
import { buildArtifact, buildImage, pushImage, type TestImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const image = buildImage({ seed: 1, layerSizes: [100] });
const signature = buildArtifact({
  artifactType: 'application/vnd.example.signature',
  blobs: [{ mediaType: 'application/octet-stream', bytes: Buffer.from('signed') }],
  subject: image.descriptor,
});
const attestation = buildArtifact({
  artifactType: 'application/vnd.example.attestation',
  blobs: [{ mediaType: 'application/octet-stream', bytes: Buffer.from('attested') }],
  subject: signature.descriptor,
});

function push(repository: string, tag: string | undefined, artifact: TestImage = image) {
  return pushImage(cloud.stack.registry('source'), repository, tag, artifact);
}

beforeAll(async () => {
  cloud = await startTestStack();
  for (const tag of ['1.19.0', '1.20.0', '1.20', 'v1.21.3', '1.22.0-rc.1', '2.0.0', 'latest'])
    await push('sel/api', tag);
  for (const repository of ['sel/web', 'sel/web/admin']) for (const tag of ['v1', 'v2']) await push(repository, tag);
  await push('sel/signed', 'v1');
  await push('sel/signed', undefined, signature);
  await push('sel/signed', undefined, attestation);
});
afterAll(() => cloud?.stop());

/** What a list of entries would move, by name. */
async function selected(artifacts: unknown): Promise<string[]> {
  const { status, body } = await cloud.call('/transfers?dryRun=true', { body: { route: cloud.route.name, artifacts } });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return dryRunSchema.parse(body).artifacts.map(({ artifact }) => artifact);
}

describe('selectors', () => {
  it.each<[string[], string[]]>([
    [['sel/web*/**:v1'], ['sel/web:v1', 'sel/web/admin:v1']],
    [['sel/*:v2', '!sel/signed:*'], ['sel/web:v2']],
    [['sel/api:>=1.20 <2'], ['sel/api:1.20', 'sel/api:1.20.0', 'sel/api:v1.21.3']],
    [['sel/api:* newest 2'], ['sel/api:2.0.0', 'sel/api:1.22.0-rc.1']],
    [
      ['sel/web:v2', 'sel/web:*'],
      ['sel/web:v2', 'sel/web:v1'],
    ],
    [
      ['sel/**:*', '!sel/web/**:*', '!**:*.*'],
      ['sel/api:latest', 'sel/signed:v1'],
    ],
  ])('%j mean %j', async (entries, names) => {
    expect(await selected(entries)).toEqual(names);
  });

  it('bring along what refers to an artifact, and what refers to that', async () => {
    const names = [signature, attestation].map(({ descriptor }) => `sel/signed@${descriptor.digest}`);
    expect(await selected(['sel/signed:v1 +referrers'])).toEqual(['sel/signed:v1', ...names]);
    const document = await cloud.transfer(['sel/signed:v1 +referrers']);
    expect(document).toMatchObject({ state: 'Succeeded', counts: { total: 3, Transferred: 3 } });
    const target = cloud.stack.registry('target');
    expect((await target.listReferrers('sel/signed', image.descriptor.digest)).map(({ digest }) => digest)).toEqual([
      signature.descriptor.digest,
    ]);
  });

  it('leave out what refers to an artifact that is left out, unless the list names it', async () => {
    const entries = ['sel/signed:v1 +referrers', 'sel/web:v1', '!sel/signed:v1'];
    expect(await selected(entries)).toEqual(['sel/web:v1']);
    const named = `sel/signed@${attestation.descriptor.digest}`;
    expect(await selected([...entries, named])).toEqual(['sel/web:v1', named]);
  });

  it('that name one artifact which is not there fail it, as its name alone does', async () => {
    const document = await cloud.transfer(['sel/web/admin:v2', 'sel/signed:v11 +referrers']);
    expect(document).toMatchObject({ state: 'CompletedWithErrors', counts: { total: 2, Failed: 1 } });
    expect(document.artifacts?.[1]).toMatchObject({
      artifact: 'sel/signed:v11',
      outcome: 'Failed',
      attempts: [{ code: 'ARTIFACT_NOT_FOUND', message: expect.stringContaining('Near: sel/signed:v1.') }],
    });
  });

  it('move what they came to when the transfer began, and say how much that was', async () => {
    const document = await cloud.transfer(['sel/api:>=1.20 <2', 'sel/web:v1', 'sel/ap*:1.19*', 'sel/nothing:v*']);
    expect(document.state).toBe('Succeeded');
    expect(document.artifacts?.map(({ artifact, outcome }) => [artifact, outcome])).toEqual(
      ['sel/api:1.20', 'sel/api:1.20.0', 'sel/api:v1.21.3', 'sel/web:v1', 'sel/api:1.19.0'].map((name) => [
        name,
        'Transferred',
      ]),
    );
    expect(document.selectors).toEqual([
      { selector: 'sel/api:>=1.20 <2', artifacts: 3, near: [] },
      { selector: 'sel/ap*:1.19*', artifacts: 1, near: [] },
      { selector: 'sel/nothing:v*', artifacts: 0, near: [] },
    ]);
    await push('sel/api', '1.20.9');
    const again = await cloud.transfer(['sel/api:>=1.20 <2']);
    expect(again.counts).toMatchObject({ total: 4, AlreadyPresent: 3, Transferred: 1 });
  });

  it('that come to nothing fail the transfer, and name what is near', async () => {
    const document = await cloud.transfer(['sel/api:lastest*']);
    expect(document).toMatchObject({
      state: 'Failed',
      counts: { total: 0 },
      error: { code: 'NOTHING_SELECTED', message: expect.stringContaining('sel/api:latest') },
    });
    const dry = await cloud.call('/transfers?dryRun=true', {
      body: { route: cloud.route.name, artifacts: ['no/**:*'] },
    });
    expect(dry).toMatchObject({ status: 400, body: { detail: expect.stringContaining('no/**:*') } });
  });
});

describe('an artifact that does not exist', () => {
  it('is reported with names that are near', async () => {
    const document = await cloud.transfer(['sel/api:1.21.3', 'sel/web:v1']);
    expect(document.artifacts?.[0]?.attempts[0]).toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
      message: expect.stringContaining('sel/api:v1.21.3'),
    });
  });
});

describe('a list', () => {
  const text = '# nightly\nsel/web:v1\n\nsel/web/admin:*  # all of it\n';

  it('may be the text of a file', async () => {
    expect(await selected(text)).toEqual(['sel/web:v1', 'sel/web/admin:v1', 'sel/web/admin:v2']);
  });

  it('may lie in the state container', async () => {
    await cloud.records.writeText('lists/nightly.txt', text);
    expect(await selected({ blob: 'nightly.txt' })).toEqual(['sel/web:v1', 'sel/web/admin:v1', 'sel/web/admin:v2']);
  });

  it.each<[unknown, string, RegExp]>([
    [`${text}sel/web:>=banana\n`, 'artifacts, line 5', /no range of versions/],
    [{ blob: 'missing.txt' }, 'artifacts.blob', /acr-transfer\/lists\/missing\.txt/],
    [{ blob: '../index/x' }, 'artifacts', /the text of a list/],
    [{ url: 'https://elsewhere' }, 'artifacts', /the text of a list/],
    ['# nothing\n', 'artifacts', /at least one/],
  ])('%j is refused', async (artifacts, path, allowed) => {
    const { status, body } = await cloud.call('/transfers', { body: { route: cloud.route.name, artifacts } });
    expect(status).toBe(400);
    expect(body.faults).toEqual([{ path, found: expect.any(String), allowed: expect.stringMatching(allowed) }]);
  });
});
